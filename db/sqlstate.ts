/** What an error of Postgres, or of the way to it, means for the caller (docs/traps.md, 6). */
import { LogUntrusted } from './known-server.ts';
import { SessionRefused } from './session/refused.ts';

export type FailureKind =
  /** Serialisation or deadlock: repeat the whole transaction. */
  | 'retry'
  /** Another transaction has taken the unique key: read again, then decide. */
  | 'unique'
  /** Another transaction has held a lock for too long. */
  | 'locked'
  /** Data that validation should have refused, or a CHECK has. */
  | 'data'
  /** The server, or the way to it, is not there. */
  | 'unavailable'
  /** Anything else: a fault in this code. */
  | 'fault';

/** A replica, or a primary that is being demoted: the connection works, and leads to the wrong server (docs/traps.md, 37). */
const READ_ONLY = '25006';

const LOST_CONNECTION_CODES = new Set([
  'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN', 'ENOENT',
  READ_ONLY,
  'ECONNABORTED', 'EHOSTDOWN', 'ENETDOWN',
  // This machine has no file, no port or no memory left for another connection.
  'EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'ENOBUFS', 'ENOMEM',
  '25P03', // idle in transaction for too long, after a freeze of this process; the server has closed the connection
]);
// No handshake, no connection: the certificate has expired, is another server's, or is signed by an unknown CA.
const TLS_FAILURE = /^(ERR_(TLS|SSL)_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_)/;
// pg reports these errors without a code.
const LOST_CONNECTION_MESSAGES = new RegExp([
  'read timeout', 'connection terminated', 'timeout exceeded when trying to connect', 'timeout expired', 'not queryable',
  'the server does not support SSL connections',
].join('|'), 'i');

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** True when the error proves that the connection leads to a server that is not, or no longer, the primary. */
export function isWrongServer(error: Error): boolean {
  return codeOf(error) === READ_ONLY;
}

/** True when the server has ended a statement that took longer than it may. */
export function isStatementTimeout(error: unknown): boolean {
  return error instanceof Error && codeOf(error) === '57014';
}

/** True when the connection of the query must not be used again. */
export function isConnectionLost(error: Error): boolean {
  if (error instanceof SessionRefused) return true;
  const code = codeOf(error);
  if (LOST_CONNECTION_CODES.has(code) || TLS_FAILURE.test(code) || code.startsWith('08') || code.startsWith('57P')) return true;
  return code === '' && LOST_CONNECTION_MESSAGES.test(error.message);
}

/** The kind of an error, by which callers decide what to do. */
export function classify(error: unknown): FailureKind {
  if (!(error instanceof Error)) return 'fault';
  if (isConnectionLost(error) || error instanceof LogUntrusted) return 'unavailable';
  const code = codeOf(error);
  switch (code) {
    case '40001':
    case '40P01':
      return 'retry';
    case '23505':
      return 'unique';
    case '55P03':
      return 'locked';
    case '57014': // a time-out of the statement
    case '53100': // disk full
    case '53200':
    case '53300': // too many connections
    case '28000': // not let in: a password that was changed, or no TLS where the server insists on it
    case '28P01':
      return 'unavailable';
    default:
      return code.startsWith('22') || code.startsWith('23') ? 'data' : 'fault';
  }
}

/** True when the same reading may succeed in a moment: the server is away or busy, and nothing is wrong with what was asked. */
export function isPassing(error: unknown): boolean {
  const kind = classify(error);
  // A reader takes no row locks: one that is kept waiting meets a lock of a whole table, which concerns every reader of it.
  return kind === 'unavailable' || kind === 'locked' || kind === 'retry';
}
