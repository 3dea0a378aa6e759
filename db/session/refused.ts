/** Why a connection that could be made is not used: what answers is not the PostgreSQL that this system needs. */

export type RefusalReason =
  /** In recovery: it does not know what was committed, and a session that begins there survives the promotion. */
  | 'standby'
  /** A primary that takes no writes: it is being demoted, or somebody has closed it. */
  | 'read_only'
  /** A setting that the code needs is not to be had. */
  | 'setting'
  /** A pooler gives each statement or transaction another session. */
  | 'pooler'
  | 'encoding'
  | 'schema'
  /** The functions that say which server this is are refused. */
  | 'identity';

/** The connection was ended. The message is a sentence for a person: what is wrong, and what would be right. */
export class SessionRefused extends Error {
  override readonly name = 'SessionRefused';
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
