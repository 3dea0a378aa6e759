/**
 * What a message says of itself: which event of ours it is. Whoever may publish into the stream may write anything there, so
 * this is a claim, for the log to confirm.
 */

/** What `ce-source` says of all messages of ours. */
export const SOURCE = '/inventory';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const NUMBER = /^[1-9][0-9]{0,14}$/;

export interface Claim {
  readonly sequence: number;
  readonly id: string;
  readonly position: number;
  /** It was published again, out of its order. */
  readonly repair: boolean;
}

/** Headers as NATS has them; `get` answers '' for one that is missing. */
interface HeaderReader { get(name: string): string; has(name: string): boolean }

/**
 * The event of ours that the message claims to be; undefined for one that bears no id of ours. Messages from before the header
 * ce-epoch are of the stream's epoch. One of any epoch of ours has to be known to the log: an older one was published before
 * this server was accepted, a newer one by a server that has taken this one's place.
 */
export function claimOf(sequence: number, headers: HeaderReader | undefined): Claim | undefined {
  if (headers === undefined || headers.get('ce-source') !== SOURCE) return undefined;
  const [id, position, epoch] = ['ce-id', 'ce-sequence', 'ce-epoch'].map((name) => headers.get(name));
  if (id === undefined || !UUID.test(id) || position === undefined || !NUMBER.test(position)) return undefined;
  if (epoch !== undefined && epoch !== '' && !NUMBER.test(epoch)) return undefined;
  return { sequence, id, position: Number(position), repair: headers.has('Repair') };
}
