/** What the page of parked events reads, and what somebody wishes to do about them. */
import type { Output } from '@inventory/client/client.ts';

export type Parked = Output<'getParkedEvents'>;

/** A verb, and the events that were chosen; none are where all that match are meant. */
export interface Wish {
  readonly verb: 'retry' | 'skip';
  readonly chosen: readonly string[];
  readonly count: number;
  /** The kind of reason that the page shows; undefined where it shows all. */
  readonly reason: string | undefined;
}
