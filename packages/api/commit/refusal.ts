/** The refusal of a command of several parts: the first part's code, and a pointer to every part that was refused. */
import { shortLines } from '@inventory/domain/cart.ts';
import type { FieldError, Refusal, ShortLine } from '@inventory/domain/errors.ts';
import { emptyStock } from '@inventory/domain/stock.ts';
import type { Command, RefusedDemand } from './command.ts';
import { stockAt } from './working-set.ts';
import type { WorkingSet } from './working-set.ts';

const MAX_ERRORS = 20;
/** Holds that the refusal of a list names, at most: of each line the first ones. */
const MAX_HOLDS = 50;
const MAX_HOLDS_OF_LINE = 5;

/**
 * @param refused the refused parts by their place, at least one
 * @param before the rows as they were before the command: the sum of its lines is compared with those
 */
export function refusalOf(command: Command, refused: ReadonlyMap<number, Refusal>, before: WorkingSet): Refusal {
  const [[, first] = []] = refused;
  if (first === undefined) throw new Error('nothing was refused');
  const { list } = command;
  if (list === undefined) return first;
  const lines = [...shortOfStock(command, refused), ...shortInSum(command, refused, before)]
    .sort((a, b) => a.index - b.index);
  const messages = new Map([...refused].map(([index, { message }]) => [index, message]));
  const within = new Map([...refused].map(([index, { details }]) => [index, details.errors?.[0]?.pointer ?? '']));
  // What no state of the stock could allow is a fault of the request, whatever else there is.
  const invalid = [...refused.values()].find(({ code }) => code === 'validation_failed');
  for (const { index, requested, available } of lines) {
    messages.set(index, `${available} available, ${requested} requested.`);
  }
  const holds = [...refused].flatMap(([index, { details }]) =>
    (details.holds ?? []).slice(0, MAX_HOLDS_OF_LINE).map((hold) => ({ ...hold, index }))).slice(0, MAX_HOLDS);
  const errors: FieldError[] = [...messages].sort(([a], [b]) => a - b).slice(0, MAX_ERRORS)
    .map(([index, message]) => ({ pointer: `/${list}/${index}${within.get(index) ?? ''}`, message }));
  return {
    code: invalid?.code ?? first.code,
    message: `${messages.size} of ${command.parts.length} ${list} cannot be done, so none was: see errors.`,
    details: { errors, ...(lines.length === 0 ? {} : { lines }), ...(holds.length === 0 ? {} : { holds }) },
  };
}

/** Stock changes are decided one after the other, each with what its predecessors left. */
function shortOfStock(command: Command, refused: ReadonlyMap<number, Refusal>): readonly ShortLine[] {
  return [...refused].flatMap(([index, { details }]) =>
    (command.parts[index]?.kind === 'stock' ? (details.lines ?? []).map((line) => ({ ...line, index })) : []));
}

/** The lines of a cart are wanted together: every line of a short row is named, also one that would fit alone. */
function shortInSum(command: Command, refused: ReadonlyMap<number, Refusal>, before: WorkingSet): readonly ShortLine[] {
  if (![...refused.values()].some(({ code }) => code === 'insufficient_stock')) return [];
  return shortLines(command.parts.flatMap((part, index) => {
    const code = refused.get(index)?.code;
    // A product that does not exist, a customer who may not reserve, or what no hold may be of has no stock to be short of.
    if (part.kind !== 'reserve' || code === 'not_found' || code === 'forbidden' || code === 'validation_failed') return [];
    const { productId, storeId, reserve: { quantity } } = part;
    return [{ index, quantity, stock: stockAt(before, productId, storeId) ?? emptyStock('', productId, storeId) }];
  }));
}

/** The demand behind a refusal for want of stock, at most one line for each stock row. */
export function refusedDemandOf(command: Command, { code, details }: Refusal): readonly RefusedDemand[] {
  if (code !== 'insufficient_stock') return [];
  const byRow = new Map<string, RefusedDemand>();
  for (const { index, product_id: productId, store_id: storeId, requested, available } of details.lines ?? []) {
    const part = command.parts[index];
    const row = `${productId}/${storeId}`;
    // A short receipt or count is no customer's demand.
    if (part?.kind !== 'reserve' || byRow.has(row)) continue;
    const { customerId } = part.reserve;
    const { actor, metadata, requestNamed, idempotency } = command;
    const cause = { actor, metadata, idempotency, ...(requestNamed === undefined ? {} : { requestNamed }) };
    byRow.set(row, { productId, storeId, customerId, requested, available, cause });
  }
  return [...byRow.values()];
}
