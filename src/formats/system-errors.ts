import { CdsvaeError } from '../errors.js';

/** Errors of the system met with files, as ones for people. */

/** System error codes in words; any other is shown as it is. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'no permission',
  EDQUOT: 'the disk quota is used up',
  EEXIST: 'something of that name exists',
  EFBIG: 'the file would be too large for this file system',
  EIO: 'the device reported an error',
  EISDIR: 'it is a folder',
  EMFILE: 'too many files are open',
  ENOENT: 'no such file or folder',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'part of the path is not a folder',
  EPERM: 'no permission',
  EROFS: 'the file system is read-only',
};

/** What is met most by far when reading, in fewer words. */
const NOT_THERE: Readonly<Record<string, string>> = {
  ENOENT: 'not found; check the path',
  ENOTDIR: 'a file found, a folder expected',
};

const [MAKE_ROOM, ELSEWHERE, LET] = [
  'make room and run it again',
  'choose another folder',
  'change its permissions or copy it',
];
/** What can be done about it. */
const ADVICE: Readonly<Record<'read' | 'written', Readonly<Record<string, string>>>> = {
  read: { EACCES: LET, EPERM: LET },
  written: { EACCES: ELSEWHERE, EPERM: ELSEWHERE, EROFS: ELSEWHERE, EDQUOT: MAKE_ROOM, ENOSPC: MAKE_ROOM },
};

/** The system's error code of a failed file operation, `undefined` for any other error. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** An error met while reading, as one for people: `input`. Errors of ours pass unchanged. */
export function readFailure(path: string, cause: unknown): CdsvaeError {
  const plain = NOT_THERE[systemCode(cause) ?? ''];
  if (plain) return new CdsvaeError('input', `${path}: ${plain}`, { cause });
  return failure('input', 'read', path, cause);
}

/** An error met while writing, as one for people: `io`. Errors of ours pass unchanged. */
export function writeFailure(path: string, cause: unknown): CdsvaeError {
  return failure('io', 'written', path, cause);
}

function failure(code: 'input' | 'io', action: keyof typeof ADVICE, path: string, cause: unknown): CdsvaeError {
  if (cause instanceof CdsvaeError) return cause;
  const system = systemCode(cause);
  const found = system ?? (cause instanceof Error ? cause.message : String(cause));
  const reason = REASONS[found] ? `${REASONS[found]} (${found})` : found;
  const advice = ADVICE[action][found];
  return new CdsvaeError(code, `${path} cannot be ${action}: ${reason}${advice ? `; ${advice}` : ''}`, { cause });
}
