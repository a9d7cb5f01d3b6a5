import { useMemo } from 'preact/hooks';
import type { Factors } from '../../../browser.js';
import { type ModelClient, Priority } from '../workers/model-client.js';
import type { Clip } from './clips.js';
import { Chip } from './matrix.js';
import { mix, type Place, shares } from './mix.js';
import { Save } from './save.js';
import { Tile } from './tile.js';
import { useDecoded } from './use-model.js';

interface BetweenProps {
  readonly client: ModelClient;
  readonly clips: readonly (Clip | undefined)[];
  readonly content: Place;
  readonly motion: Place;
  readonly onContent: (place: Place) => void;
  readonly onMotion: (place: Place) => void;
  readonly range: readonly [number, number];
  readonly name: string;
  /** Whether frames are pictures. */
  readonly video: boolean;
}

/** A clip whose content and motion lie anywhere between those of the clips in hand. */
export function Between(props: BetweenProps) {
  const { client, clips, content, motion, range, name, video } = props;
  const ready = clips.every((c) => c !== undefined);
  const factors = useMemo<Factors | undefined>(() => {
    if (!ready) return undefined;
    const all = clips as readonly Clip[];
    return {
      s: mix(
        all.map((c) => c.factors.s),
        shares(content, all.length),
      ),
      z: mix(
        all.map((c) => c.factors.z),
        shares(motion, all.length),
      ),
    };
  }, [ready, clips, content, motion]);
  const { seen, made } = useDecoded(client, factors, Priority.Hand);
  return (
    <section aria-labelledby="between" class="between">
      <div class="bar">
        <h2 id="between">Between</h2>
        <Save
          name={`${name}-between`}
          title="Between"
          video={video}
          groups={() => made && [{ rows: [{ label: 'between', frames: made }] }]}
        />
      </div>
      <Tile frames={seen} label="Between the clips in hand" range={range} large />
      <Sliders name="Content" place={content} count={clips.length} onPlace={props.onContent} />
      <Sliders name="Motion" place={motion} count={clips.length} onPlace={props.onMotion} />
    </section>
  );
}

interface SlidersProps {
  readonly name: string;
  readonly place: Place;
  readonly count: number;
  readonly onPlace: (place: Place) => void;
}

function Sliders({ name, place, count, onPlace }: SlidersProps) {
  const slider = (axis: 'x' | 'y', from: string, to: string) => (
    <div class="slider">
      <Chips letters={from} />
      <input
        type="range"
        min="0"
        max="1"
        step="0.01"
        value={place[axis]}
        aria-label={`${name} from ${spoken(from)} to ${spoken(to)}`}
        aria-valuetext={`${Math.round(place[axis] * 100)} % ${spoken(to)}`}
        onInput={(e) => onPlace({ ...place, [axis]: Number(e.currentTarget.value) })}
      />
      <Chips letters={to} />
    </div>
  );
  // Clips lie at the corners of a square: A B above, C D below; of three, C has all below.
  const [left, right] = count > 3 ? ['AC', 'BD'] : ['A', 'B'];
  return (
    <fieldset class="sliders">
      <legend>{name}</legend>
      {slider('x', left!, right!)}
      {count > 2 && slider('y', 'AB', count > 3 ? 'CD' : 'C')}
    </fieldset>
  );
}

function Chips({ letters }: { readonly letters: string }) {
  return (
    <span class="chips">
      {[...letters].map((letter) => (
        <Chip key={letter} letter={letter} />
      ))}
    </span>
  );
}

/** `A and C` */
function spoken(letters: string): string {
  return [...letters].join(' and ');
}
