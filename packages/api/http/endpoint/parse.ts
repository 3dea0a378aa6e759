/** Requests are parsed once, at the border: what zod refuses becomes validation_failed, with a JSON pointer to each fault. */
import { InventoryError } from '@inventory/domain/errors.ts';
import { safeParse } from '@inventory/runtime/safe-parse.ts';
import type { z } from 'zod';

function pointerOf(path: readonly PropertyKey[]): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** @throws {InventoryError} validation_failed */
export function parse<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = safeParse(schema, value);
  if (result.success) return result.data;
  const errors = result.error.issues.flatMap((issue) => (issue.code === 'unrecognized_keys'
    ? issue.keys.map((key) => ({ pointer: pointerOf([...issue.path, key]), message: 'is not known here' }))
    : [{ pointer: pointerOf(issue.path), message: issue.message }]));
  throw refusal(errors);
}

function refusal(errors: readonly { readonly pointer: string; readonly message: string }[]): InventoryError {
  return new InventoryError('validation_failed', 'The request does not fit its schema: see errors.', { errors });
}
