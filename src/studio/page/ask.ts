import { useEffect, useRef, useState } from 'preact/hooks';
import type { ApiProblem } from '../api.js';

/** Something the page asked for and did not get, in words for people. */
export class Problem extends Error {}

/** The studio did not answer at all. */
export class Unanswered extends Problem {}

/** The address of an answer, relative to the page. */
export function apiUrl(path: string): string {
  return new URL(`api/${path}`, document.baseURI).href;
}

/** The address of an answer about a run. */
export function runUrl(id: string, path: string): string {
  return apiUrl(`runs/${encodeURIComponent(id)}/${path}`);
}

/** @throws Problem */
export async function askJson<T>(url: string): Promise<T> {
  return (await ask(url)).json();
}

/** @throws Problem */
export async function askBytes(url: string): Promise<ArrayBuffer> {
  return (await ask(url)).arrayBuffer();
}

async function ask(url: string): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url);
  } catch {
    throw new Unanswered('The studio does not answer. Is it still running? Start it again with: cdsvae studio');
  }
  if (response.ok) return response;
  const problem: ApiProblem | undefined = await response.json().catch(() => undefined);
  throw new Problem(problem?.error?.message ?? `${response.status} ${response.statusText}: ${url}`);
}

/** An answer, or why there is none; both undefined while waiting. An answer with a problem is one that could not be renewed. */
export interface Asked<T> {
  readonly value?: T;
  readonly problem?: string;
  /** With a problem: when there was an answer last, in ms since 1970. */
  readonly answered?: number;
}

/**
 * Asks, and asks again every so often while the page is seen. An answer stays until the next one is there.
 *
 * @param url what to ask for; another one is asked for at once; undefined: nothing
 * @param every seconds; 0: once
 */
export function useAsked<T>(url: string | undefined, every = 0): Asked<T> {
  const [asked, set] = useState<Asked<T> & { url?: string | undefined }>({});
  const text = useRef('');
  const answered = useRef<number | undefined>(undefined);
  useEffect(() => {
    if (url === undefined) return;
    let over = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    text.current = '';
    answered.current = undefined;
    const once = async () => {
      try {
        if (document.visibilityState === 'visible' || text.current === '') {
          const found = await (await ask(url)).text();
          if (over) return;
          answered.current = Date.now();
          if (found !== text.current) set({ url, value: JSON.parse(found) });
          text.current = found;
        }
      } catch (error) {
        if (over) return;
        text.current = '';
        const problem = (error as Error).message;
        set((before) => ({ ...(before.url === url ? before : {}), url, problem, answered: answered.current }));
      }
      if (every > 0 && !over) timer = setTimeout(once, every * 1000);
    };
    void once();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [url, every]);
  return asked.url === url || url === undefined ? asked : {};
}
