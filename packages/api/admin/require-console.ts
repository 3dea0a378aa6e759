/** The verbs of operators are for a server whose console may be used: BOARD=full. Whoever may not use it there still has the commands. */
import { InventoryError } from '@inventory/domain/errors.ts';
import type { ApiDeps } from '../deps.ts';

/** @throws {InventoryError} forbidden */
export function requireConsole({ board }: Pick<ApiDeps, 'board'>): void {
  if (board?.mode !== 'full') throw new InventoryError('forbidden', 'This server decides nothing: BOARD is not "full" here.');
}
