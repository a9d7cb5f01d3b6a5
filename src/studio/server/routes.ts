import { join } from 'node:path';
import { CdsvaeError } from '../../errors.js';
import type { Answer } from './answer.js';
import { inside } from './inside.js';
import { pageFolder, RUNTIME_FILES, runtimeFolder } from './page-files.js';
import type { Studio } from './studio.js';

/** A path pattern, and what answers where it matches. */
type Route = readonly [RegExp, (match: RegExpExecArray, url: URL, answer: Answer) => Promise<void> | void];

/**
 * Every path of the studio; the paths under `api/` are listed in `api.ts`.
 *
 * @param version of this package
 */
export function routes(studio: Studio, version: string): readonly Route[] {
  const page = pageFolder();
  const runtime = runtimeFolder();
  const allowed: readonly string[] = [...RUNTIME_FILES.wasm, ...RUNTIME_FILES.webgpu];
  return [
    [/^\/$/, (_, __, answer) => answer.file(join(page, 'index.html'))],
    [/^\/(assets\/[\w.-]+)$/, ([, name], _, answer) => answer.file(inside(page, name!), true)],
    [/^\/(icon\.svg)$/, ([, name], _, answer) => answer.file(inside(page, name!))],
    [
      /^\/runtime\/([\w.-]+)$/,
      ([, name], _, answer) => {
        if (!allowed.includes(name!)) throw new CdsvaeError('input', `${name}: not found`);
        answer.file(join(runtime, name!));
      },
    ],
    [/^\/api\/studio\.json$/, (_, __, answer) => answer.json({ version, mode: 'server', folder: studio.folder })],
    [/^\/api\/runs\.json$/, async (_, __, answer) => answer.json(await studio.runs())],
    ofRun('run\\.json', async (id, _, __, answer) => answer.json(await studio.run(id))),
    ofRun('series\\.json', async (id, _, url, answer) => {
      answer.json(await studio.series(id, step(url, 'from'), step(url, 'to')));
    }),
    ofRun('samples/step-(\\d{1,15})\\.png', (id, [n], _, answer) => answer.file(studio.sample(id, Number(n)))),
    ofRun('model-(\\d{1,15})/map\\.json', async (id, [n], _, answer) => {
      answer.json((await studio.map(id, Number(n))).info);
    }),
    ofRun('model-(\\d{1,15})/map\\.bin', async (id, [n], _, answer) => {
      const { values } = await studio.map(id, Number(n));
      answer.bytes(new Uint8Array(values.buffer), '.bin');
    }),
    ofRun('model-(\\d{1,15})/([\\w.]+)', async (id, [n, name], _, answer) => {
      answer.file(await studio.modelFile(id, Number(n), name!));
    }),
    ofRun('clips/clips\\.json', (id, _, __, answer) => answer.json(studio.clipSet(id))),
    ofRun('clips/page-(\\d{1,6})\\.bin', (id, [n], _, answer) => {
      answer.bytes(studio.clips(id).page(Number(n)), '.bin');
    }),
  ];
}

/** A path of one run. */
function ofRun(
  pattern: string,
  handle: (id: string, rest: string[], url: URL, answer: Answer) => Promise<void> | void,
): Route {
  return [
    new RegExp(`^/api/runs/([^/]+)/${pattern}$`),
    ([, id, ...rest], url, answer) => handle(decodeURIComponent(id!), rest, url, answer),
  ];
}

/** A step in the query, as far as there is one. */
function step(url: URL, name: string): number | undefined {
  const text = url.searchParams.get(name);
  return text === null || !Number.isFinite(Number(text)) ? undefined : Number(text);
}
