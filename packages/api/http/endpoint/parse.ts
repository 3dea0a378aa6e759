/** Requests are parsed once, at the border: what zod refuses becomes validation_failed, with a JSON pointer to each fault. */
import { InventoryError } from '@inventory/domain/errors.ts';
import type { z } from 'zod';

function pointerOf(path: readonly PropertyKey[]): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** @throws {InventoryError} validation_failed */
export function parse<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = attempt(schema, value);
  if (result === undefined) throw refusal([{ pointer: '', message: 'has a member of a wrong type' }]);
  if (result.success) return result.data;
  const errors = result.error.issues.flatMap((issue) => (issue.code === 'unrecognized_keys'
    ? issue.keys.map((key) => ({ pointer: pointerOf([...issue.path, key]), message: 'is not known here' }))
    : [{ pointer: pointerOf(issue.path), message: issue.message }]));
  throw refusal(errors);
}

function refusal(errors: readonly { readonly pointer: string; readonly message: string }[]): InventoryError {
  return new InventoryError('validation_failed', 'The request does not fit its schema: see errors.', { errors });
}

/**
 * zod compares the `length` of a value before it looks at the type, so {"length":{"toString":1}} in the place of a text
 * or a list makes it throw. @returns undefined then
 */
function attempt<S extends z.ZodType>(schema: S, value: unknown): z.ZodSafeParseResult<z.output<S>> | undefined {
  try {
    return schema.safeParse(value);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
