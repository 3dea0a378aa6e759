/** The tables against each other and against the fold: I1, I2, I3, I5, I14, and answers stored under keys (I13). */
import type { Copy, StockRow } from './copy.ts';
import type { Finding, Promised } from './finding.ts';
import type { Log, RowState } from './log.ts';

export function checkRows(copy: Copy, log: Log): readonly Finding[] {
  return [...stockRows(copy, log), ...holdRows(copy, log), ...unitsAddUp(copy, log), ...storedFailures(copy)];
}

const wrong = (promise: Promised, subject: string, detail: string): Finding => ({ promise, subject, detail, sort: 'wrong' });

/** I1: 0 ≤ reserved ≤ quantity. I2: what is pending adds up to reserved. I5: the row is what its events lead to. */
function stockRows({ stock, reservations }: Copy, { rows }: Log): readonly Finding[] {
  const pending = new Map<string, number>();
  for (const { stock: id, status, quantity } of reservations) {
    if (status === 'PENDING') pending.set(id, (pending.get(id) ?? 0) + quantity);
  }
  const known = new Set(stock.map(({ id }) => id));
  return [
    ...stock.flatMap(({ id, quantity, reserved, version, product, store }): readonly Finding[] => {
      const subject = `row ${id}`;
      const folded = rows.get(id);
      return [
        ...(reserved >= 0 && reserved <= quantity ? [] : [wrong('I1', subject, `quantity ${quantity}, reserved ${reserved}`)]),
        ...(reserved === (pending.get(id) ?? 0) ? [] : [wrong('I2', subject, `reserved ${reserved}, pending ${pending.get(id) ?? 0}`)]),
        ...(folded === undefined ? [wrong('I5', subject, 'has no event')] : []),
        ...(folded === undefined || same({ id, quantity, reserved, version, product, store }, folded) ? []
          : [wrong('I5', subject, `is ${quantity} ${reserved} at version ${version}; its events lead to `
            + `${folded.quantity} ${folded.reserved} at ${folded.version}`)]),
      ];
    }),
    ...[...rows.keys()].filter((id) => !known.has(id)).map((id): Finding => ({
      promise: 'I5', subject: `row ${id}`, detail: 'has events and is not there', sort: 'lost',
    })),
  ];
}

function same(row: StockRow, folded: RowState): boolean {
  return row.quantity === folded.quantity && row.reserved === folded.reserved && row.version === folded.version
    && row.product === folded.product && row.store === folded.store;
}

/** I3: each hold has its events, each hold of the log has its row, and both say the same of it. */
function holdRows({ reservations }: Copy, { holds }: Log): readonly Finding[] {
  const known = new Set(reservations.map(({ id }) => id));
  return [
    ...reservations.flatMap(({ id, stock, quantity, status, confirmed, batch }): readonly Finding[] => {
      const hold = holds.get(id);
      if (hold === undefined) return [wrong('I3', `hold ${id}`, `is ${status} and has no event`)];
      const row = [stock, quantity, status, confirmed, batch].join(' ');
      const folded = [hold.row, hold.quantity, hold.status, hold.confirmed, hold.batch].join(' ');
      return row === folded ? [] : [wrong('I3', `hold ${id}`, `the row says ${row}, the events say ${folded}`)];
    }),
    ...[...holds.keys()].filter((id) => !known.has(id)).map((id): Finding => ({
      promise: 'I3', subject: `hold ${id}`, detail: 'has events and no row', sort: 'lost',
    })),
  ];
}

/** I14: the units that are there are those that came, less those that were sold. */
function unitsAddUp({ stock, reservations }: Copy, { events }: Log): readonly Finding[] {
  const there = stock.reduce((sum, { quantity }) => sum + quantity, 0);
  const came = events.reduce((sum, { type, delta }) => sum + (type === 'stock.updated' ? delta ?? 0 : 0), 0);
  const sold = reservations.reduce((sum, { status, confirmed }) => sum + (status === 'CONFIRMED' ? confirmed ?? 0 : 0), 0);
  return there === came - sold ? [] : [wrong('I14', 'all rows', `${there} units are there, ${came} came and ${sold} were sold`)];
}

function storedFailures({ storedFailures: keys }: Copy): readonly Finding[] {
  return keys.map((key) => wrong('I13', `key ${key}`, 'a failure of ours is stored as its answer'));
}
