/**
 * Draws docs/spectrograms.png: log-mel spectra of a recording before and after voice conversion.
 *
 *   npm run build && node docs/make-spectrograms.js RECORDING [FILE]
 *
 * The picture in the repository is of a voice of espeak-ng:
 *   espeak-ng -w voice.wav "What stays is the voice. What moves is the word."
 */
import { fileURLToPath } from 'node:url';
import { logMel, MEL_BANDS, samplesIn } from '../dist/data/audio/log-mel.js';
import { readSound } from '../dist/data/audio/read-sound.js';
import { atModelRate } from '../dist/data/audio/segments.js';
import { convertVoice } from '../dist/data/audio/voice-conversion.js';
import { Canvas } from '../dist/picture/canvas.js';
import { colormap } from '../dist/picture/colormap.js';
import { drawText } from '../dist/picture/label.js';
import { writePng } from '../dist/picture/png.js';

const FRAMES = 240;
const [SCALE_X, SCALE_Y, CAPTION, MARGIN] = [4, 2, 34, 16];
/** Darkest and brightest log-power. */
const [LOW, HIGH] = [-14, 4];
const ROWS = [
  ['as recorded', 1],
  ['factor 1.25, up', 1.25],
  ['factor 0.80, down', 0.8],
];

const [recording, file = fileURLToPath(new URL('./spectrograms.png', import.meta.url))] = process.argv.slice(2);
const sound = atModelRate(await readSound(recording)).subarray(0, samplesIn(FRAMES));
const rowHeight = CAPTION + MEL_BANDS * SCALE_Y;
const canvas = new Canvas(2 * MARGIN + FRAMES * SCALE_X, MARGIN + ROWS.length * (rowHeight + MARGIN), [255, 255, 255]);
const colours = colormap('magma');
for (const [n, [label, factor]] of ROWS.entries()) {
  const top = MARGIN + n * (rowHeight + MARGIN);
  drawText(canvas, label, MARGIN, top, { scale: 2, colour: [20, 20, 20] });
  const mel = logMel(factor === 1 ? sound : convertVoice(sound, factor));
  for (let t = 0; t < mel.length / MEL_BANDS; t++) {
    for (let band = 0; band < MEL_BANDS; band++) {
      const share = (mel[t * MEL_BANDS + band] - LOW) / (HIGH - LOW);
      const colour = colours[Math.max(0, Math.min(255, Math.round(255 * share)))];
      const y = top + CAPTION + (MEL_BANDS - 1 - band) * SCALE_Y;
      canvas.fill(MARGIN + t * SCALE_X, y, SCALE_X, SCALE_Y, colour);
    }
  }
}
await writePng(file, canvas);
