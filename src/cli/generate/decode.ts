import { Command } from 'commander';
import { CdsvaeError } from '../../errors.js';
import { isRunOrModel } from '../../trained/run-or-model.js';
import { RUN_HELP, resolveRun } from '../run-argument.js';
import type { Io } from '../terminal/io.js';
import { type GenerationFlags, generate, withOutputFlags } from './generation.js';

/** `cdsvae decode RUN FACTORS`: what the model makes of `s.npy` and `z.npy`. */
export function decodeCommand(io: Io): Command {
  const command = new Command('decode')
    .description('Makes sequences of factors: of s.npy and z.npy, as encode writes them and you may change them.')
    .argument('[run]', RUN_HELP)
    .argument('[factors]', 'folder of s.npy [N, d_s] and z.npy [N, T, d_m], of any T');
  return withOutputFlags(command).action(
    async (first: string | undefined, second: string | undefined, flags: GenerationFlags) => {
      const [run, folder] = second === undefined ? [undefined, first] : [first, second];
      if (folder === undefined || (second === undefined && isRunOrModel(folder))) {
        throw new CdsvaeError(
          'usage',
          'the folder of factors is missing: one of s.npy and z.npy, such as cdsvae encode makes',
        );
      }
      const { readFactors } = await import('../../generate/factor-files.js');
      const factors = readFactors(folder);
      const [made, frames] = factors.z.shape as [number, number];
      await generate(io, resolveRun(run), flags, {
        name: () => ['decode', folder],
        title: 'Decoded',
        clips: [],
        size: () => ({ made, frames }),
        async make(model, _, decoding) {
          const { decode } = await import('../../generate/decode.js');
          return decode(model, factors, decoding);
        },
      });
    },
  );
}
