import { spawnSync } from 'node:child_process';
import { tunables } from '../../dist/cli/terminal/supervise.js';

/** What to do where there is none. */
export const INSTALL =
  'no Python with PyTorch found. On Debian: apt install python3-torch libopenblas0-pthread ' +
  '(elsewhere: pip install torch numpy), or name the interpreter: PYTHON=/path/to/python';

/** A Python that has PyTorch: the one in PYTHON, or the first of the usual places; undefined where there is none. */
export function findPython() {
  const candidates = process.env.PYTHON ? [process.env.PYTHON] : ['python3', '/usr/bin/python3'];
  return candidates.find((p) => spawnSync(p, ['-c', 'import torch, numpy'], { stdio: 'ignore' }).status === 0);
}

/**
 * The environment in which PyTorch does best with so many threads; what is set already stays.
 *
 * @param hugePages let its allocator use huge pages, as ours does, which helps it; its users do not start it so
 */
export function peerEnv(threads, hugePages = true) {
  return {
    ...(hugePages && tunables(process.env)),
    OMP_NUM_THREADS: String(threads),
    OPENBLAS_NUM_THREADS: String(threads),
    // Threads that spin while they wait make PyTorch ten times slower as soon as anything else runs.
    OMP_WAIT_POLICY: process.env.OMP_WAIT_POLICY ?? 'passive',
  };
}
