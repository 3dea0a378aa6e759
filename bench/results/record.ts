/** The rows of a run as they come in: what fails costs its own figure, and none that is there already. */
import type { Facts } from '../system/cost.ts';
import type { Row } from './figures.ts';
import type { Effort } from '../system/system.ts';

export interface MeasuredRow extends Row {
  /** What it took to measure it, with all that had to be made for it. */
  readonly seconds: number;
}

export interface FailedRow { readonly id: string; readonly error: string }

export interface Bench {
  readonly effort: Effort;
  /** Whether libraries of others are measured, too: they are fetched from npm. */
  readonly peers: boolean;
  /** Whether a row is to be measured, by its id. */
  readonly wanted: (...ids: readonly string[]) => boolean;
  /**
   * Measures one row, which may be several of the table, unless it is not wanted. Never rejects: a failure
   * is noted with the id.
   */
  readonly measure: (id: string, work: () => Promise<readonly Row[]>) => Promise<void>;
  /** What a load has cost: docs/scaling.md reckons with it. */
  readonly note: (facts: Partial<Facts>) => void;
}

interface Recorder extends Bench {
  readonly rows: () => readonly MeasuredRow[];
  readonly failed: () => readonly FailedRow[];
  readonly facts: () => Partial<Facts>;
  /** Runs what several rows share. What throws in it has failed for each of them that is wanted and not there. */
  readonly group: (ids: readonly string[], work: (bench: Bench) => Promise<void>) => Promise<void>;
}

/** @param onChange called after each row, measured or failed */
export function createRecorder(
  { effort, peers, ids, only, onChange }: {
    readonly effort: Effort; readonly peers: boolean; readonly ids: readonly string[]; readonly only: readonly string[] | undefined;
    readonly onChange: (row: MeasuredRow | FailedRow) => void;
  },
): Recorder {
  const rows: MeasuredRow[] = [];
  const facts: Partial<Facts> = {};
  const failed: FailedRow[] = [];
  const done = new Set<string>();
  const place = (id: string): number => ids.findIndex((one) => id.startsWith(one));
  const wanted = (...asked: readonly string[]): boolean => asked.some((id) => only === undefined || only.includes(id));
  let since = performance.now();

  const fail = (id: string, error: unknown): void => {
    done.add(id);
    const failure = { id, error: error instanceof Error ? error.message : String(error) };
    failed.push(failure);
    onChange(failure);
  };
  const measure: Bench['measure'] = async (id, work) => {
    if (!wanted(id)) return;
    try {
      const measured = await work();
      done.add(id);
      // Counted from the row before, so that preparation counts for the row that needed it first.
      const seconds = Math.round((performance.now() - since) / 1000 / measured.length);
      for (const row of measured) {
        rows.push({ ...row, seconds });
        onChange({ ...row, seconds });
      }
    } catch (error) {
      fail(id, error);
    }
    since = performance.now();
  };
  const bench: Bench = { effort, peers, wanted, measure, note: (more) => { Object.assign(facts, more); } };
  return {
    ...bench,
    rows: () => rows.toSorted((a, b) => place(a.id) - place(b.id)),
    failed: () => failed,
    facts: () => facts,
    async group(shared, work) {
      since = performance.now();
      try {
        await work(bench);
      } catch (error) {
        for (const id of shared) if (wanted(id) && !done.has(id)) fail(id, error);
      }
    },
  };
}
