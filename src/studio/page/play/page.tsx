import { useEffect, useState } from 'preact/hooks';
import type { RunSummary } from '../../api.js';
import { keepOffline } from '../offline.js';
import { Message } from '../parts/message.js';
import { formatCount } from '../parts/words.js';
import { formatRoute } from '../route.js';
import type { Device } from '../workers/model-calls.js';
import { ClipSource } from './clips.js';
import { Playing } from './playing.js';
import { useStrayFilesStopped } from './stray-files.js';
import { useModel } from './use-model.js';
import { type ChangeView, useView } from './use-view.js';
import type { View } from './view.js';

interface PlayPageProps {
  readonly id: string;
  readonly runs: readonly RunSummary[];
  /** What the address asked for, another object each time that it asks. */
  readonly query: URLSearchParams;
  readonly exported: boolean;
}

/** A model to play with: loads it, then shows it. */
export function PlayPage({ id, runs, query, exported }: PlayPageProps) {
  const run = runs.find((r) => r.id === id);
  const newest = run?.model ?? null;
  // A run that goes on has a newer model every few minutes; one that is played with stays until it is asked for.
  const [step, setStep] = useState(newest);
  const [device, setDevice] = useState<Device>('auto');
  // Held here, where it outlives the model: a newer one, or one on another device, is seen in the same place.
  const [view, changeView] = useView(id, query);
  useStrayFilesStopped();
  useEffect(() => {
    if (step === null && newest !== null) setStep(newest);
  }, [step, newest]);
  if (!run || step === null) {
    return (
      <Message kind="problem" title="Nothing to play with yet">
        <p>
          {id} has no model. A run has one after its first checkpoint. <a href={formatRoute('runs')}>See all runs</a>
        </p>
      </Message>
    );
  }
  return (
    <>
      <div class="title">
        <h1>{id}</h1>
        <span class="muted">
          {run.data}, after {formatCount(step)} steps
        </span>
        {newest !== null && newest !== step && (
          <button type="button" class="quiet" onClick={() => setStep(newest)}>
            Load step {formatCount(newest)}
          </button>
        )}
        {!exported && runs.length > 1 && (
          <label class="field">
            Run
            <select
              value={id}
              onChange={(e) => {
                location.hash = formatRoute('play', [e.currentTarget.value]);
              }}
            >
              {runs.map((r) => (
                <option key={r.id}>{r.id}</option>
              ))}
            </select>
          </label>
        )}
      </div>
      <WithModel
        key={`${step} ${device}`}
        id={id}
        step={step}
        view={view}
        onView={changeView}
        device={device}
        onDevice={setDevice}
        exported={exported}
      />
    </>
  );
}

interface WithModelProps {
  readonly id: string;
  readonly step: number;
  readonly view: View;
  readonly onView: ChangeView;
  readonly device: Device;
  readonly onDevice: (device: Device) => void;
  readonly exported: boolean;
}

function WithModel({ id, step, view, onView, device, onDevice, exported }: WithModelProps) {
  const { client, loaded, problem, failure } = useModel(id, step, device);
  const [source, setSource] = useState<ClipSource>();
  const [sourceProblem, setSourceProblem] = useState<string>();
  useEffect(() => {
    ClipSource.open(id).then(setSource, (error) => setSourceProblem(error.message));
  }, [id]);
  useEffect(() => {
    if (exported && loaded) keepOffline();
  }, [exported, loaded]);
  if (problem !== undefined) {
    return (
      <Message kind="problem" title="The model cannot be loaded">
        {problem}
      </Message>
    );
  }
  if (!client || !loaded || (!source && sourceProblem === undefined)) {
    return (
      <p class="waiting" role="status">
        Loading the model…
      </p>
    );
  }
  return (
    <>
      {sourceProblem !== undefined && (
        <p class="note" role="alert">
          Its data cannot be opened: {sourceProblem}
        </p>
      )}
      {loaded.fallback && (
        <p class="note" role="status">
          {loaded.fallback}; WebAssembly is used.
        </p>
      )}
      {failure !== undefined && (
        <p class="note" role="alert">
          The model made nothing of what it was asked for: {failure}
        </p>
      )}
      <Playing
        id={id}
        step={step}
        client={client}
        loaded={loaded}
        source={source}
        view={view}
        onView={onView}
        device={device}
        onDevice={onDevice}
      />
    </>
  );
}
