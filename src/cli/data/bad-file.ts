import { Option } from 'commander';

/** `--on-bad-file fail | skip` */
export function badFileOption(): Option {
  return new Option(
    '--on-bad-file <what>',
    'fail at a file that cannot be used, or skip and name it (default: skip)',
  ).choices(['fail', 'skip']);
}
