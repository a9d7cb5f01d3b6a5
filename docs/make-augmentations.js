/**
 * Draws docs/augmentations.png: each change of the motion view on its own, the presets, and the content view.
 *
 *   npm run build && node docs/make-augmentations.js [FILE]
 *
 * The sequence is ours: two handwritten digits of MNIST, coloured, moving over a coloured ground.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import {
  augmentMotion,
  drawContent,
  drawMotion,
  motionInputs,
  NO_MOTION,
  SM_MNIST_MOTION,
  SPRITES_MOTION,
  VIDEO_MOTION,
} from '../dist/augment/index.js';
import { mnist } from '../dist/data/mnist.js';
import { openSmMnist } from '../dist/data/sm-mnist.js';
import { encodeOnnx, Graph } from '../dist/graph/index.js';
import { Canvas } from '../dist/picture/canvas.js';
import { drawText } from '../dist/picture/label.js';
import { Random } from '../dist/random.js';
import { createSession } from '../dist/runtime/node.js';
import { float32 } from '../dist/runtime/session.js';

const SIDE = 64;
const FRAMES = 4;
const DRAWS = 3;

/** Label, what it shows, settings, seed. Strengths are large and seeds chosen so that they are seen. */
const ROWS = [
  ['crop', '0.5', { crop: 0.5 }, 20],
  ['stretch', '0.4, border repeat', { stretch: 0.4 }, 45],
  ['stretch', '0.4, border zero', { stretch: 0.4, border: 'zero' }, 45],
  ['brightness', '0.7', { brightness: 0.7 }, 23],
  ['contrast', '0.9', { contrast: 0.9 }, 24],
  ['saturation', '1', { saturation: 1 }, 25],
  ['hue', '0.5', { hue: 0.5 }, 26],
  ['channelMix', '1', { channelMix: 1 }, 27],
  ['blur', '2.5', { blur: 2.5 }, 28],
  ['noise', '0.25', { noise: 0.25 }, 29],
];
const PRESETS = [
  ['SPRITES_MOTION', 'colour, noise', SPRITES_MOTION, 40],
  ['VIDEO_MOTION', 'a little of all', VIDEO_MOTION, 41],
];

/** Float values `[FRAMES, SIDE, SIDE, 3]`: a ground that turns from one colour to another, and two digits that cross. */
function colourSequence() {
  const { images, labels } = mnist('test');
  const digit = (label) => {
    const first = labels.indexOf(label);
    return images.subarray(first * 784, (first + 1) * 784);
  };
  const ground = [
    [0.16, 0.24, 0.42],
    [0.44, 0.36, 0.3],
  ];
  const movers = [
    { ink: digit(2), colour: [1, 0.78, 0.2], at: (t) => [3 + 10 * t, 4 + 8 * t] },
    { ink: digit(7), colour: [0.35, 0.9, 0.75], at: (t) => [33 - 9 * t, 12 + 7 * t] },
  ];
  const x = new Float32Array(FRAMES * SIDE * SIDE * 3);
  for (let t = 0; t < FRAMES; t++) {
    for (let row = 0; row < SIDE; row++)
      for (let column = 0; column < SIDE; column++)
        for (let c = 0; c < 3; c++) {
          const mix = (row + column) / (2 * SIDE - 2);
          let v = (1 - mix) * ground[0][c] + mix * ground[1][c];
          for (const { ink, colour, at } of movers) {
            const [left, top] = at(t);
            const [y, z] = [row - top, column - left];
            const cover = y >= 0 && z >= 0 && y < 28 && z < 28 ? ink[y * 28 + z] / 255 : 0;
            v += (colour[c] - v) * cover;
          }
          x[((t * SIDE + row) * SIDE + column) * 3 + c] = v;
        }
  }
  return x;
}

/** Every third frame of a sequence as the training has them, `[FRAMES, SIDE, SIDE, 1]`. */
function greySequence() {
  const bytes = new Uint8Array(FRAMES * 3 * SIDE * SIDE);
  openSmMnist({ frames: FRAMES * 3 })
    .split('test')
    .read([5], bytes);
  const size = SIDE * SIDE;
  return Float32Array.from(
    { length: FRAMES * size },
    (_, i) => bytes[Math.floor(i / size) * 3 * size + (i % size)] / 255,
  );
}

/** So many draws for the same sequence, through the graph that training uses. */
async function augmented(x, channels, settings, seed) {
  const shape = { batch: DRAWS, height: SIDE, width: SIDE, channels };
  const graph = new Graph();
  const input = graph.input('x', [DRAWS, FRAMES, SIDE, SIDE, channels]);
  graph.output('y', augmentMotion(input, motionInputs(graph, shape, settings)));
  const copies = new Float32Array(DRAWS * x.length);
  for (let b = 0; b < DRAWS; b++) copies.set(x, b * x.length);
  const values = { x: float32(copies, input.shape) };
  const drawn = drawMotion(settings, shape, Random.of(seed, 'docs'));
  for (const t of graph.inputs.slice(1)) values[t.name] = float32(drawn[t.name], t.shape);
  const session = await createSession(encodeOnnx(graph));
  const { y } = await session.run(values);
  await session.release();
  return Array.from({ length: DRAWS }, (_, b) => y.data.subarray(b * x.length, (b + 1) * x.length));
}

function picture(frame, channels) {
  const data = new Uint8Array(SIDE * SIDE * 3);
  for (let i = 0; i < data.length; i++) {
    const v = frame[channels === 3 ? i : Math.floor(i / 3)];
    data[i] = Math.round(255 * Math.min(1, Math.max(0, v)));
  }
  return { width: SIDE, height: SIDE, data };
}

const INK = [34, 34, 34];
const SOFT = [110, 110, 110];
const [MARGIN, LABEL, GAP, GROUP] = [16, 170, 2, 14];
const rowHeight = SIDE + 8;
const HEADING = 34;
const groupWidth = FRAMES * (SIDE + GAP) + GROUP;
const left = MARGIN + LABEL;
const rowCount = 1 + ROWS.length + PRESETS.length + 2 + 3;
const canvas = new Canvas(
  left + DRAWS * groupWidth + MARGIN - GROUP,
  MARGIN * 2 + rowCount * rowHeight - 8 + 3 * HEADING,
  [255, 255, 255],
);
let top = MARGIN;

function heading(text) {
  drawText(canvas, text, MARGIN, top + 8, { scale: 1.1, colour: INK, pen: 1.9 });
  top += HEADING;
}

/** A row of pictures: one list of frames for each draw. */
function row(label, detail, draws, channels, order) {
  drawText(canvas, label, MARGIN, top + 18, { scale: 1, colour: INK });
  drawText(canvas, detail, MARGIN, top + 37, { scale: 0.9, colour: SOFT });
  const size = SIDE * SIDE * channels;
  draws.forEach((x, b) => {
    for (let t = 0; t < FRAMES; t++) {
      const from = order?.[b]?.[t] ?? t;
      const at = left + b * groupWidth + t * (SIDE + GAP);
      canvas.draw(picture(x.subarray(from * size, (from + 1) * size), channels), at, top);
      if (order) drawText(canvas, String(from + 1), at + SIDE - 11, top + 4, { scale: 0.9, colour: [255, 255, 255] });
    }
  });
  top += rowHeight;
}

const colour = colourSequence();
const grey = greySequence();

heading('Motion view: another style, the same movement. One sequence; three draws of its style');
row('original', 'four frames', [colour], 3);
for (const [label, detail, change, seed] of ROWS) {
  row(label, detail, await augmented(colour, 3, { ...NO_MOTION, ...change }, seed), 3);
}
heading('Presets');
for (const [label, detail, settings, seed] of PRESETS) {
  row(label, detail, await augmented(colour, 3, settings, seed), 3);
}
row('original', 'Moving MNIST', [grey], 1);
row('SM_MNIST_MOTION', 'stretch, contrast', await augmented(grey, 1, SM_MNIST_MOTION, 25), 1);
heading('Content view: the same frames, another order. The number is that of the original frame');
row('original', '', [colour], 3, [[0, 1, 2, 3]]);
row(
  'shuffle',
  'three draws',
  [colour, colour, colour],
  3,
  [0, 1, 2].map((i) => drawContent('shuffle', FRAMES, Random.of(i, 'docs')).order),
);
row('reverse', '', [colour], 3, [drawContent('reverse', FRAMES, Random.of(1, 'docs')).order]);

const { width, height, data } = canvas;
const file = process.argv[2] ?? fileURLToPath(new URL('augmentations.png', import.meta.url));
writeFileSync(
  file,
  await sharp(data, { raw: { width, height, channels: 3 } })
    .png({ effort: 10, compressionLevel: 9 })
    .toBuffer(),
);
