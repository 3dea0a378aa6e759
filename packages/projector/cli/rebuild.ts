/** `projector rebuild`: builds the view anew, with progress. */
import { SingleBar } from 'cli-progress';
import { logEpochName } from '@inventory/db/events.ts';
import { numberOf } from '@inventory/view/keys.ts';
import { jsonLine } from '@inventory/runtime/log-fields.ts';
import { countProducts } from '../view/log-snapshot.ts';
import type { RebuildProgress } from '../rebuild/rebuild.ts';
import { rebuildWhole } from '../rebuild/whole.ts';
import type { ExitCode, CommandDeps } from './support.ts';

const PROGRESS_EVERY_MS = 1_000;

/**
 * Rebuilds the view, shows how far it is, and in the end what was done.
 * @returns exit code 1 when products are left open, or a difference from the log is left
 */
export async function rebuildCommand(
  { db, redis, log, signal }: CommandDeps, { json, anew }: { readonly json: boolean; readonly anew: boolean },
): Promise<ExitCode> {
  const epoch = await logEpochName(db);
  const total = await countProducts(db);
  const progress = showProgress(total, json);
  const { products, fields, open, differences, remaining, position, elapsedMs, resumed, removed } = await rebuildWhole({ db, redis, log }, epoch, {
    signal, onProgress: progress.update, anew,
  }).finally(progress.stop);
  const perSecond = Math.round((fields - resumed.fields) / Math.max(elapsedMs / 1000, 0.001));
  process.stdout.write(json
    ? `${jsonLine({
      event: 'done', epoch: numberOf(epoch), products, resumed: resumed.products, fields, open, differences, remaining, position, removed,
      elapsed_ms: Math.round(elapsedMs), fields_per_second: perSecond,
    })}\n`
    : `${products} products, ${fields} fields in ${(elapsedMs / 1000).toFixed(1)} s (${perSecond} fields/s); `
      + `complete up to position ${position} of epoch ${numberOf(epoch)}\n`
      + (resumed.products > 0 ? `${resumed.products} of the products were done by an earlier rebuild that was interrupted\n` : '')
      + (differences > 0 ? `${differences} differences from the log, ${differences - remaining} of them repaired\n` : '')
      + (removed > 0 ? `${removed} keys of older epochs, or of the release before, removed\n` : '')
      + (open > 0 ? `${open} products have no view and are answered from the database: see the log lines above\n` : ''));
  return open > 0 || remaining > 0 ? 1 : 0;
}

/** A progress bar on a terminal, a line of JSON each second with --json, otherwise nothing. */
function showProgress(total: number, json: boolean): { readonly update: (done: RebuildProgress) => void; readonly stop: () => void } {
  if (json) {
    let next = performance.now() + PROGRESS_EVERY_MS;
    return {
      update: ({ products, fields }) => {
        if (performance.now() < next) return;
        next = performance.now() + PROGRESS_EVERY_MS;
        process.stdout.write(`${jsonLine({ event: 'progress', products, of: total, fields })}\n`);
      },
      stop: () => undefined,
    };
  }
  if (!process.stderr.isTTY) return { update: () => undefined, stop: () => undefined };
  const bar = new SingleBar({
    stream: process.stderr, clearOnComplete: true, hideCursor: true,
    format: 'rebuilding [{bar}] {percentage} % | {value} of {total} products | {rate} fields/s | {eta} s left',
  });
  let first: (RebuildProgress & { readonly atMs: number }) | undefined;
  bar.start(total, 0, { rate: 0 });
  return {
    update: ({ products, fields }) => {
      // The rate counts from the first update: what an earlier rebuild has done took no time.
      first ??= { products, fields, atMs: performance.now() };
      bar.update(products, { rate: Math.round((fields - first.fields) / Math.max(0.001, (performance.now() - first.atMs) / 1000)) });
    },
    stop: () => { bar.stop(); },
  };
}
