/**
 * zod's safeParse, for what strangers send. zod compares the `length` of a value before it looks at the type, so
 * {"length":{"toString":1}} in the place of a text or a list makes safeParse throw a TypeError (docs/traps.md, 40). Here
 * that is one more value that does not fit.
 */
import { z } from 'zod';

type Parsed<T> =
  | { readonly success: true; readonly data: T }
  | { readonly success: false; readonly error: z.ZodError };

/** Parses a value. Never throws for the value: one that makes zod throw gets an error at the top, without a path. */
export function safeParse<S extends z.ZodType>(schema: S, value: unknown): Parsed<z.output<S>> {
  try {
    return schema.safeParse(value);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const issue: z.core.$ZodIssue = { code: 'custom', path: [], message: 'has a member of a wrong type', input: value };
    return { success: false, error: new z.ZodError([issue]) };
  }
}
