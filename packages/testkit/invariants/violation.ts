/** What breaks an invariant, and how much of it is looked at. */
export interface Violation {
  readonly invariant: string;
  /** What it is about: `stock 0198…`. */
  readonly subject: string;
  readonly detail: string;
}

/** Rows of one invariant that are looked at; a broken one tends to be broken everywhere. */
export const MAX_VIOLATIONS = 50;
