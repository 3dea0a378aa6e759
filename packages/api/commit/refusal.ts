/** The refusal of a command of several parts: the first part's code, and every part that was refused, pointed at. */
import { shortLines } from '@inventory/domain/cart.ts';
import type { FieldError, Refusal, ShortLine } from '@inventory/domain/errors.ts';
import { emptyStock } from '@inventory/domain/stock.ts';
import type { Rejection } from '../background/record-refused-demand.ts';
import { causeOf } from './command.ts';
import type { Command } from './command.ts';
import type { Working } from './working-set.ts';

const MAX_ERRORS = 20;

/**
 * @param refused the refused parts by their place, at least one
 * @param before the rows as they were before the command: what its lines want together is compared with that
 */
export function refusalOf(command: Command, refused: ReadonlyMap<number, Refusal>, before: Working): Refusal {
  const [[, first] = []] = refused;
  if (first === undefined) throw new Error('nothing was refused');
  const { list } = command;
  if (list === undefined) return first;
  const lines = [...shortOfStock(command, refused), ...shortInSum(command, refused, before)]
    .sort((a, b) => a.index - b.index);
  const messages = new Map([...refused].map(([index, { message }]) => [index, message]));
  for (const { index, requested, available } of lines) {
    messages.set(index, `${available} available, ${requested} requested.`);
  }
  const errors: FieldError[] = [...messages].sort(([a], [b]) => a - b).slice(0, MAX_ERRORS)
    .map(([index, message]) => ({ pointer: `/${list}/${index}`, message }));
  return {
    code: first.code,
    message: `${messages.size} of ${command.parts.length} ${list} cannot be done, so none was: see errors.`,
    details: { errors, ...(lines.length === 0 ? {} : { lines }) },
  };
}

/** Changes of stock are decided one after the other, each with what its predecessors left. */
function shortOfStock(command: Command, refused: ReadonlyMap<number, Refusal>): readonly ShortLine[] {
  return [...refused].flatMap(([index, { details }]) =>
    (command.parts[index]?.kind === 'stock' ? (details.lines ?? []).map((line) => ({ ...line, index })) : []));
}

/** Lines of a cart are wanted together: every line of a short row is named, also those that would fit alone. */
function shortInSum(command: Command, refused: ReadonlyMap<number, Refusal>, before: Working): readonly ShortLine[] {
  if (![...refused.values()].some(({ code }) => code === 'insufficient_stock')) return [];
  return shortLines(command.parts.flatMap((part, index) => {
    const code = refused.get(index)?.code;
    // What is not there, or not for this customer, has no stock to be short of.
    if (part.kind !== 'reserve' || code === 'not_found' || code === 'forbidden') return [];
    const { productId, storeId, reserve: { quantity } } = part;
    return [{ index, quantity, stock: before.stockAt(productId, storeId) ?? emptyStock('', productId, storeId) }];
  }));
}

/** The demand behind a refusal for want of stock. */
export function rejectionsOf(command: Command, { code, details }: Refusal): readonly Rejection[] {
  if (code !== 'insufficient_stock') return [];
  const byRow = new Map<string, Rejection>();
  for (const { index, product_id: productId, store_id: storeId, requested, available } of details.lines ?? []) {
    const part = command.parts[index];
    const row = `${productId}/${storeId}`;
    // What a row cannot give to a receipt or a count is no customer's demand.
    if (part?.kind !== 'reserve' || byRow.has(row)) continue;
    const { customerId } = part.reserve;
    byRow.set(row, { productId, storeId, customerId, requested, available, metadata: causeOf(command) });
  }
  return [...byRow.values()];
}
