import { useEffect } from 'preact/hooks';
import type { RunSummary, StudioInfo } from '../api.js';
import { apiUrl, useAsked } from './ask.js';
import { Message } from './parts/message.js';
import { ThemeButton } from './parts/theme.js';
import { formatTime } from './parts/words.js';
import { PlayPage } from './play/page.js';
import { formatRoute, useRoute } from './route.js';
import { RunList } from './runs/list.js';
import { NoSuchRun } from './runs/no-such-run.js';
import { RunPage } from './runs/page.js';

/** The whole page: a head, and below it the list of runs, runs side by side, or a model to play with. */
export function App() {
  const studio = useAsked<StudioInfo>(apiUrl('studio.json'));
  const exported = studio.value?.mode === 'export';
  const runs = useAsked<RunSummary[]>(studio.value && apiUrl('runs.json'), exported ? 0 : 3);
  const route = useRoute();

  const list = runs.value ?? [];
  const playable = list.filter((r) => r.model !== null);
  // An export is opened to play.
  const page = route.page || (exported ? 'play' : 'runs');
  const play = route.page === 'play' && route.ids[0] ? route.ids[0] : playable[0]?.id;
  const problem = studio.problem ?? (runs.value ? undefined : runs.problem);
  useEffect(() => {
    document.title = `${page === 'play' ? 'Play' : 'Runs'} · cdsvae studio`;
  }, [page]);

  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
        Skip to content
      </button>
      <header class="head">
        <a class="brand" href={formatRoute('')}>
          <img src="icon.svg" alt="" width="24" height="24" />
          cdsvae <span>studio</span>
        </a>
        <nav aria-label="Pages">
          <a href={formatRoute('runs')} aria-current={page === 'runs' ? 'page' : undefined}>
            {exported ? 'Training' : 'Runs'}
          </a>
          {play !== undefined && (
            <a href={formatRoute('play', [play])} aria-current={page === 'play' ? 'page' : undefined}>
              Play
            </a>
          )}
        </nav>
        <ThemeButton />
      </header>
      <main id="main" tabIndex={-1}>
        {runs.value && runs.problem !== undefined && (
          <p class="stale" role="status">
            {runs.problem} {runs.answered !== undefined && `What is shown is of ${formatTime(runs.answered)}.`}
          </p>
        )}
        {problem !== undefined ? (
          <Message kind="problem" title="Nothing to show">
            {problem}
          </Message>
        ) : !studio.value || !runs.value ? (
          <p class="waiting" role="status">
            Looking for runs…
          </p>
        ) : page === 'play' && play !== undefined && !list.some((r) => r.id === play) ? (
          <NoSuchRun ids={[play]} />
        ) : page === 'play' && play !== undefined ? (
          <PlayPage key={play} id={play} runs={playable} query={route.query} exported={exported} />
        ) : route.ids.length > 0 || exported ? (
          <RunPage
            key={route.ids.join()}
            ids={route.ids.length > 0 ? route.ids : list.map((r) => r.id)}
            all={list}
            exported={exported}
          />
        ) : (
          <RunList runs={list.filter((r) => !r.pretrained)} folder={studio.value.folder} play={play} />
        )}
      </main>
    </>
  );
}
