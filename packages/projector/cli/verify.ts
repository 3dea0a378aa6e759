/** `projector verify`: compares the whole view with the log. */
import { logEpochName } from '@inventory/db/events.ts';
import { numberOf } from '@inventory/view/keys.ts';
import { jsonLine } from '@inventory/runtime/log-fields.ts';
import { printable } from '@inventory/runtime/cli/output.ts';
import { everyProduct } from '../verify/every-product.ts';
import { foldLog } from '../verify/fold.ts';
import { mendProducts } from '../verify/mend.ts';
import type { ExitCode, CommandDeps } from './support.ts';
import type { Divergence } from '../verify/verify.ts';
import { verifyProducts } from '../verify/verify.ts';

export interface VerifyOptions {
  readonly repair: boolean;
  readonly deep: boolean;
  readonly json: boolean;
}

/** Verifies everything, prints what differs, and repairs it if asked to. @returns exit code 1 when a difference remains */
export async function verifyCommand(deps: CommandDeps, { repair, deep, json }: VerifyOptions): Promise<ExitCode> {
  const epoch = await logEpochName(deps.db);
  let products = 0;
  let differences = 0;
  let unrepaired = 0;
  for await (const ids of everyProduct(deps, epoch)) {
    deps.signal.throwIfAborted();
    const found = repair ? await mendProducts(deps, epoch, ids)
      : { differences: await verifyProducts(deps, epoch, ids), remaining: [] };
    products += ids.length;
    differences += found.differences.length;
    for (const divergence of found.differences) printDivergence(divergence, json);
    unrepaired += found.remaining.length;
  }
  const faults = deep ? await foldEverything(deps, json) : 0;
  const remaining = (repair ? unrepaired : differences) + faults;
  process.stdout.write(json
    ? `${jsonLine({ event: 'done', epoch: numberOf(epoch), products, differences, repaired: repair ? differences - unrepaired : 0, remaining })}\n`
    : `${products} products verified, ${differences} differences${repair ? `, ${differences - unrepaired} repaired` : ''}`
      + `${deep ? `, ${faults} streams that do not fold` : ''}\n`);
  return remaining === 0 ? 0 : 1;
}

async function foldEverything({ db, signal }: CommandDeps, json: boolean): Promise<number> {
  let count = 0;
  for await (const { faults } of foldLog({ db })) {
    signal.throwIfAborted();
    count += faults.length;
    for (const { stock_id, detail } of faults) {
      process.stdout.write(json ? `${jsonLine({ event: 'fold', stock_id, detail })}\n` : `fold       ${stock_id}: ${printable(detail)}\n`);
    }
  }
  return count;
}

function printDivergence(divergence: Divergence, json: boolean): void {
  const { kind, product_id, field, found, expected } = divergence;
  process.stdout.write(json
    ? `${jsonLine({ event: 'divergence', ...divergence })}\n`
    : `${kind.padEnd(10)} ${product_id} ${printable(field)}: ${printable(found ?? 'nothing')} in the view, `
      + `${printable(expected ?? 'nothing')} in the log\n`);
}
