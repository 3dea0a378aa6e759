/** What was asked of the projectors through the api, one after the other: the same as `projector verify` and `projector rebuild`. */
import { logEpochName } from '@inventory/db/events.ts';
import { endViewJob, noteViewJob, takeViewJob } from '@inventory/db/operating/view-jobs.ts';
import type { ViewJob } from '@inventory/db/operating/view-jobs.ts';
import type { StepOutcome } from '@inventory/runtime/loop.ts';
import { rebuildWhole } from '../rebuild/whole.ts';
import { everyProduct } from '../verify/every-product.ts';
import { foldLog } from '../verify/fold.ts';
import { verifyProducts } from '../verify/verify.ts';
import type { Divergence } from '../verify/verify.ts';
import type { FillDeps } from '../view/fill.ts';
import { countProducts } from '../view/log-snapshot.ts';

const NOTE_EVERY_MS = 1_000;
/** Of what differs, as many are kept. */
const MOST_SHOWN = 20;

/** What a job has found. Members that it says nothing of are null. */
interface Result {
  readonly products: number;
  readonly differences: number;
  readonly found: readonly Divergence[];
  /** Streams of events that do not add up. */
  readonly faults: number | null;
  readonly folds: readonly { readonly stock_id: string; readonly detail: string }[];
  readonly fields: number | null;
  /** Products that are answered from Postgres for the time being, and differences that are left. */
  readonly open: number | null;
  readonly remaining: number | null;
}

interface JobDeps extends FillDeps { readonly instance: string }

/** Another projector has taken the job up, because this one was silent for too long. */
class TakenOver extends Error {
  override readonly name = 'TakenOver';
}

/**
 * Does the job that waits for the longest. When the signal aborts it is put back for the next projector; one that fails says why.
 * @returns 'more' where there was one
 */
export async function doRequested(deps: JobDeps, signal: AbortSignal): Promise<StepOutcome> {
  const { db, log, instance } = deps;
  const job = await takeViewJob(db, instance);
  if (job === undefined) return 'idle';
  log.info('begins a job', { job: job.id, kind: job.kind, deep: job.deep });
  const total = await countProducts(db);
  let notedAt = -Infinity;
  const progress = async (products: number): Promise<void> => {
    signal.throwIfAborted();
    if (performance.now() - notedAt < NOTE_EVERY_MS) return;
    notedAt = performance.now();
    if (!await noteViewJob(db, job, { products: Math.min(products, total), total })) throw new TakenOver('another projector has this job');
  };
  try {
    const result = await (job.kind === 'verify' ? verify : rebuildAll)(deps, job, { signal, progress });
    await endViewJob(db, job, { state: 'done', products: result.products, result });
    log.info('has done a job', { job: job.id, kind: job.kind, products: result.products, differences: result.differences });
  } catch (error) {
    if (error instanceof TakenOver) return 'more';
    if (signal.aborted) await endViewJob(db, job, { state: 'requested' });
    else {
      await endViewJob(db, job, { state: 'failed', detail: error instanceof Error ? error.message : String(error) });
      log.error('a job has failed', { job: job.id, kind: job.kind, error });
    }
  }
  return 'more';
}

interface Work { readonly signal: AbortSignal; readonly progress: (products: number) => Promise<void> }

async function verify(deps: JobDeps, { deep }: ViewJob, { progress }: Work): Promise<Result> {
  const epoch = await logEpochName(deps.db);
  let products = 0;
  const found: Divergence[] = [];
  let differences = 0;
  for await (const ids of everyProduct(deps, epoch)) {
    const here = await verifyProducts(deps, epoch, ids);
    differences += here.length;
    found.push(...here.slice(0, MOST_SHOWN - found.length));
    products += ids.length;
    await progress(products);
  }
  const folds: { readonly stock_id: string; readonly detail: string }[] = [];
  let faults = 0;
  if (deep) {
    for await (const page of foldLog(deps)) {
      faults += page.faults.length;
      folds.push(...page.faults.slice(0, MOST_SHOWN - folds.length));
      await progress(products);
    }
  }
  return { products, differences, found, faults: deep ? faults : null, folds, fields: null, open: null, remaining: null };
}

async function rebuildAll(deps: JobDeps, _job: ViewJob, { signal, progress }: Work): Promise<Result> {
  const over = new AbortController();
  // A rebuild tells how far it is and goes on; what a note of that says ends it.
  let noting: Promise<void> = Promise.resolve();
  const note = (products: number): void => { noting = noting.then(() => progress(products)).catch((error: unknown) => { over.abort(error); }); };
  const { products, fields, open, differences, remaining } = await rebuildWhole(deps, await logEpochName(deps.db), {
    signal: AbortSignal.any([signal, over.signal]), onProgress: ({ products: done }) => { note(done); },
  });
  await noting;
  return { products, differences, found: [], faults: null, folds: [], fields, open, remaining };
}
