import { createServer, type Server } from 'node:http';
import { counted } from '../../counted.js';
import { openDataset } from '../../data/open.js';
import { CdsvaeError } from '../../errors.js';
import { Answer } from './answer.js';
import { findRuns } from './find-runs.js';
import { refuse } from './guard.js';
import { routes } from './routes.js';
import { Studio } from './studio.js';

/** A studio that answers. */
export interface RunningStudio {
  /** Where the page is. */
  readonly url: string;
  /** Stops answering and removes what was made for it. */
  close(): Promise<void>;
}

/** How a studio is served. */
export interface ServeOptions {
  /** 0: any that is free. */
  readonly port: number;
  /** Of this package. */
  readonly version: string;
  /** Where the data of a run are, if not where it was trained on. */
  readonly data?: string | undefined;
}

/**
 * Serves the studio to this machine alone, at 127.0.0.1.
 *
 * @param folder a folder of runs, or one run
 * @throws CdsvaeError `usage` where the port is taken, or data are given and there is not one run; `input` where the page was not built, or
 *   the data given are none
 */
export async function serveStudio(folder: string, { port, version, data }: ServeOptions): Promise<RunningStudio> {
  if (data !== undefined) checkGiven(folder, data);
  const studio = new Studio(folder, data);
  const table = routes(studio, version);
  const server = createServer(async (request, response) => {
    const answer = new Answer(request, response);
    try {
      const refusal = refuse(request);
      if (refusal) {
        answer.problem('refused', refusal.message, refusal.status);
        return;
      }
      const url = urlOf(request.url ?? '/');
      for (const [pattern, handle] of table) {
        const match = pattern.exec(url.pathname);
        if (!match) continue;
        await handle(match, url, answer);
        return;
      }
      answer.problem('input', `${url.pathname}: not found`);
    } catch (error) {
      if (response.headersSent) response.destroy();
      else if (error instanceof CdsvaeError) answer.problem(error.code, error.message);
      else if (error instanceof URIError) answer.problem('usage', 'not a path');
      else answer.problem('unexpected', `a fault of the studio: ${(error as Error).message}`);
    }
  });
  await listen(server, port);
  const { port: bound } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${bound}/`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      studio.close();
    },
  };
}

/** Data that are given are those of one run, and are there. */
function checkGiven(folder: string, data: string): void {
  const { ids } = findRuns(folder);
  if (ids.length !== 1) {
    throw new CdsvaeError(
      'usage',
      `--data: ${folder} holds ${counted(ids.length, 'run')}; name the one whose data they are`,
    );
  }
  openDataset(data).close();
}

function urlOf(path: string): URL {
  if (!URL.canParse(path, 'http://localhost')) throw new CdsvaeError('usage', 'not a path');
  return new URL(path, 'http://localhost');
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EADDRINUSE' ? 'another program uses it' : cause.message;
      reject(
        new CdsvaeError('usage', `--port ${port}: ${why}; give another one, or 0 for any that is free`, { cause }),
      );
    });
    server.listen(port, '127.0.0.1', resolve);
  });
}
