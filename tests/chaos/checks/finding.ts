/** What a checker has found to be broken. */

/** `reads`, `feed`, `durable`, `all clear` and `meanwhile` are promises without a number. */
export type Promised =
  | 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'I8' | 'I9' | 'I10' | 'I12' | 'I13' | 'I14' | 'I15' | 'I16'
  | 'reads' | 'feed' | 'durable' | 'all clear' | 'meanwhile';

export interface Finding {
  readonly promise: Promised;
  /** What it is about. Two findings of one promise with one subject are one. */
  readonly subject: string;
  readonly detail: string;
  /** A wrong number or state, something that is not there any more, or something that is there twice. */
  readonly sort: 'wrong' | 'lost' | 'doubled';
}

export function findingText({ promise, subject, detail }: Finding): string {
  return `${promise.padEnd(9)} ${subject}: ${detail}`;
}
