/** What went wrong in a thread, as it is sent: errors themselves lose their code on the way. */
import { CdsvaeError, type ErrorCode } from './errors.js';

export interface ThreadFault {
  /** Absent where it was no error of ours. */
  readonly code?: ErrorCode;
  readonly message: string;
}

/** What a thread sends of an error. */
export function faultOf(error: unknown): ThreadFault {
  const message = error instanceof Error ? error.message : String(error);
  return error instanceof CdsvaeError ? { code: error.code, message } : { message };
}

/** The error that a thread sent. */
export function errorOf({ code = 'runtime', message }: ThreadFault): CdsvaeError {
  return new CdsvaeError(code, message);
}
