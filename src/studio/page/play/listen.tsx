import { createContext } from 'preact';
import { useContext, useState } from 'preact/hooks';
import type { Frames } from '../../../browser.js';
import { SAMPLE_RATE } from '../../../data/audio/log-mel.js';
import type { AudioFeatures } from '../../../data/dataset.js';
import { soundOf } from '../workers/tools-client.js';

/** How the model's features become sound; undefined where they are not of sound. */
export const Sound = createContext<AudioFeatures | undefined>(undefined);

let speaker: AudioContext | undefined;
/** As loud as this whatever the recording, of 1; what is quieter than the second is silence, and stays so. */
const PEAK = 0.5;
const SILENCE = 0.02;

/** A button that lets features be heard; nothing where they cannot be. */
export function Listen({ frames, label }: { readonly frames: Frames | undefined; readonly label: string }) {
  const audio = useContext(Sound);
  const [note, set] = useState('');
  if (!audio || frames?.kind !== 'features') return null;
  const listen = async () => {
    try {
      speaker ??= new AudioContext();
      const samples = await soundOf(frames.data, audio);
      const peak = samples.reduce((m, v) => Math.max(m, Math.abs(v)), SILENCE);
      const buffer = speaker.createBuffer(1, samples.length, SAMPLE_RATE);
      buffer.copyToChannel(
        samples.map((v) => (v * PEAK) / peak),
        0,
      );
      const node = speaker.createBufferSource();
      node.buffer = buffer;
      node.connect(speaker.destination);
      node.start();
      set('');
    } catch (error) {
      set((error as Error).message);
    }
  };
  return (
    <>
      <button type="button" class="quiet listen" aria-label={`Listen: ${label}`} onClick={listen}>
        ▶
      </button>
      <span role="status">{note}</span>
    </>
  );
}
