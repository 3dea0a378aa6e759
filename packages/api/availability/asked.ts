/** Which stores a question about availability is of, and what of them its answer lists. */
import { InventoryError } from '@inventory/domain/errors.ts';
import { truth, wholeNumber } from '../http/endpoint/page.ts';
import type { Found } from '../directory/directory.ts';
import type { StoreDirectory } from '../directory/watch-stores.ts';
import { storesOf, whereShape } from '../directory/where.ts';
import type { Where } from '../directory/where.ts';
import type { ReadAvailability } from './read.ts';

const MOST_LISTED = 1000;
/** Stores around a place that one question is of, at most: of each of them a field is read, whatever the answer lists. */
const MOST_NEAR = 500;

/** The query parameters that choose stores. */
export const askedShape = {
  ...whereShape,
  in_stock: truth.optional().meta({ description: 'true: only stores where units are available' }),
  limit: wholeNumber({ min: 1, max: MOST_LISTED }).optional().meta({ description: 'List at most so many of them' }),
};

/** What a question about availability needs. */
export interface AvailabilityDeps {
  readonly readAvailability: ReadAvailability;
  readonly stores: StoreDirectory;
}

interface AskedQuery extends Where {
  readonly in_stock?: boolean | undefined;
  readonly limit?: number | undefined;
}

/** What an answer lists, read once for all products of a request. */
export interface Choice {
  /** The stores in the order of the answer; undefined for all that have the product, by their ids. */
  readonly of: readonly Found[] | undefined;
  readonly ids: readonly string[] | undefined;
  /** Stores that are left out in any case. */
  readonly closed: ReadonlySet<string>;
  readonly inStock: boolean;
  readonly limit: number;
  /** True where nothing was chosen: then the answer says nothing of how it was. */
  readonly whole: boolean;
  readonly near: boolean;
}

const NONE: ReadonlySet<string> = new Set();
const UNDECIDED = { of: undefined, ids: undefined, inStock: false, limit: Infinity, whole: true, near: false } as const;

/**
 * Reads the choice of a question.
 * @throws {InventoryError} validation_failed where too many stores lie within the radius; and as storesOf does
 */
export async function choiceOf(stores: StoreDirectory, query: AskedQuery): Promise<Choice> {
  const { in_stock: inStock = false, limit = Infinity, near, store_ids: ids, group } = query;
  const closed = stores.known()?.closed ?? NONE;
  if (near === undefined && ids === undefined && group === undefined && !inStock && limit === Infinity) return { ...UNDECIDED, closed };
  const of = await storesOf(stores, query);
  if (near !== undefined && of !== undefined && of.length > MOST_NEAR) {
    const message = `${of.length} stores lie within it; a question is of at most ${MOST_NEAR}`;
    throw new InventoryError('validation_failed', 'The radius is too large here: see errors.', { errors: [{ pointer: '/radius_km', message }] });
  }
  return { of, ids: of?.map(({ id }) => id), closed, inStock, limit, whole: false, near: near !== undefined };
}
