/** The cursors of the log: a place in it, for the filters of `GET /events` and of the live feed, which take each other's. */
import { z } from 'zod';
import { cursorsOf } from '../http/endpoint/cursor.ts';

const place = z.strictObject({ epoch: z.int().min(0), position: z.int().min(0) });

export type LogCursor = Readonly<z.output<typeof place>>;

export const logCursors = cursorsOf('events', place, 'after');
