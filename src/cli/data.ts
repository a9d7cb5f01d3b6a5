import { Command } from 'commander';
import { clipsCommand } from './data/clips.js';
import { inspectCommand } from './data/inspect.js';
import { mugCommand } from './data/mug.js';
import { smMnistCommand } from './data/sm-mnist.js';
import { speechCommand } from './data/speech.js';
import { spritesCommand } from './data/sprites.js';
import type { Io } from './terminal/io.js';

/** `cdsvae data SOURCE [FROM] --out DIR`: makes dataset folders; `cdsvae data inspect DIR` shows one. */
export function dataCommand(io: Io): Command {
  const data = new Command('data').description('Makes data sets, and shows them.');
  const sources = [clipsCommand, mugCommand, smMnistCommand, speechCommand, spritesCommand];
  for (const make of [...sources, inspectCommand]) data.addCommand(make(io));
  return data;
}
