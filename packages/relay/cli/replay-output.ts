/** The output of a replay: a table and a progress bar for people, one JSON object a line for programs. */
import { SingleBar } from 'cli-progress';
import type { ReplayResult } from '../replay/replay.ts';
import { estimatedSeconds } from '@inventory/db/operating/replays.ts';
import type { ReplayJob, ReplayPlan, ReplayRequest } from '@inventory/db/operating/replays.ts';
import { printable, table } from '@inventory/runtime/cli/output.ts';
import { jsonLine } from '@inventory/runtime/log-fields.ts';

const PROGRESS_EVERY_MS = 500;

export interface ReplayOutput {
  plan(plan: ReplayPlan, request: ReplayRequest): void;
  begin(job: ReplayJob, subjects: string): void;
  progress(published: number): void;
  summary(job: ReplayJob, result: ReplayResult, error?: Error): void;
}

type Write = (text: string) => void;

export function createReplayOutput({ json }: { readonly json: boolean }): ReplayOutput {
  const write: Write = (text) => { process.stdout.write(`${text}\n`); };
  return json ? jsonOutput((line) => { write(jsonLine(line)); }) : textOutput(write);
}

function jsonOutput(write: (line: Readonly<Record<string, unknown>>) => void): ReplayOutput {
  let total = 0;
  let writtenAtMs = 0;
  return {
    plan(plan, request) {
      write({ type: 'plan', ...plan, estimated_seconds: estimatedSeconds(plan.total, request.rate) });
    },
    begin(job, subjects) {
      ({ total } = job);
      write({ type: 'begin', id: job.id, subjects, total });
    },
    progress(published) {
      if (performance.now() - writtenAtMs < PROGRESS_EVERY_MS) return;
      writtenAtMs = performance.now();
      write({ type: 'progress', published, total });
    },
    summary(job, { published, unpublishable, digest }, error) {
      write({
        type: 'summary',
        id: job.id,
        state: digest === undefined ? 'paused' : 'done',
        published,
        total: job.total,
        unpublishable,
        digest,
        reason: error?.message,
      });
    },
  };
}

function textOutput(write: Write): ReplayOutput {
  let bar: SingleBar | undefined;
  return {
    plan(plan, request) {
      const { total, first_at: first, last_at: last } = plan;
      write(
        table(
          ['TYPE', 'STORE', 'EVENTS'],
          plan.lines.map((line) => [line.event_type, line.store_id, String(line.events)]),
        ),
      );
      write(`\n${total} events, positions ${plan.from_position} to ${plan.to_position} of epoch ${plan.epoch}`);
      if (first !== undefined && last !== undefined) write(`from ${first.toISOString()} to ${last.toISOString()}`);
      write(`about ${estimatedSeconds(total, request.rate)} s`);
    },
    begin(job, subjects) {
      write(`\nReplay ${job.id}, on the subjects ${subjects}`);
      if (process.stdout.isTTY) {
        bar = new SingleBar({
          format: '{bar} {percentage} % | {value} of {total} | {eta_formatted} left',
          hideCursor: true,
        });
        bar.start(job.total, 0);
      }
    },
    progress(published) { bar?.update(published); },
    summary(job, { published, unpublishable, digest }, error) {
      bar?.stop();
      if (unpublishable > 0) write(`${unpublishable} events cannot be published; an empty message takes the place of each.`);
      if (digest === undefined) {
        if (error !== undefined) write(`Paused: ${printable(error.message)}.`);
        write(`${published} of ${job.total} events are published. Resume with: relay replay --resume ${job.id}`);
      } else {
        write(`${published} events. SHA-256 over their ids: ${digest}`);
      }
    },
  };
}
