import { counted } from '../../counted.js';
import type { ClipContext } from '../../generate/clips.js';
import { usualItems } from '../../generate/usual-items.js';
import type { Io } from '../terminal/io.js';

/**
 * Names of the sequences that a command takes where it is given none. Says so on stderr where not all are of test data.
 *
 * @param counts as {@link usualItems} has them
 * @throws CdsvaeError what opening the data throws
 */
export function usualClips(io: Io, context: Required<ClipContext>, counts: readonly number[]): string[] {
  const data = context.data();
  try {
    const names = usualItems(data, counts);
    if (names.some((name) => !name.startsWith('test:'))) {
      const size = data.split('test')?.size ?? 0;
      const has = size === 0 ? 'no test sequences' : `only ${counted(size, 'test sequence')}`;
      io.stderr.write(`note: "${data.info.name}" has ${has}; ${names.join(' ')} taken\n`);
    }
    return names;
  } finally {
    data.close();
  }
}
