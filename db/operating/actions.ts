/** What is recorded of a decision about the system: who made it, by which means, and why. The statement that carries it out writes it. */

export interface Decider {
  /** The account on a machine, or the user of a token: up to 300 characters. */
  readonly by: string;
  readonly via: 'api' | 'command';
  /** Up to 500 characters. */
  readonly note: string | undefined;
}
