/** Members that the bodies of several writes share. */
import { identifier, instant } from '@inventory/domain/values.ts';

/** A member of the seed. Where it is given, it must be the user of the token. */
export const userId = identifier(100).optional();

const EARLIEST = Date.parse('2000-01-01T00:00:00Z');
const AHEAD_MS = 86_400_000;

/**
 * When it happened in the store. A till may be late by years and its clock may be ahead, but what lies before 2000 or more
 * than a day ahead is a mistake, and would stand in the log for good.
 */
export const occurredAt = instant.refine((time) => {
  const at = Date.parse(time);
  return at >= EARLIEST && at <= Date.now() + AHEAD_MS;
}, 'must lie between the year 2000 and a day ahead of now');
