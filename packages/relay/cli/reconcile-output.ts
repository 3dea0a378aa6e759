/** The output of `relay reconcile`: lines for people, one JSON object a line for programs. It keeps counts, not findings. */
import type { StreamInfo } from 'nats';
import type { Finding } from '../reconcile/compare.ts';
import type { Repaired } from '../reconcile/repair.ts';
import { printable } from '@inventory/runtime/cli/output.ts';
import { jsonLine } from '@inventory/runtime/log-fields.ts';

export interface Begin {
  readonly info: StreamInfo | undefined;
  readonly epoch: number;
  readonly drift: readonly string[];
  /** In words; undefined when the stream is ours and of this epoch, or nothing was published yet. */
  readonly conflict: string | undefined;
  /** An empty stream, or none, that may take the place of ours. */
  readonly vacant: boolean;
}

export interface ReconcileOutput {
  begin(begin: Begin): void;
  readonly found: (finding: Finding) => void;
  saved(file: string, messages: number): void;
  epoch(epoch: number): void;
  /** Customers who were erased since the backup: so many the database still knew, of so many that it was told of. */
  forgotten(known: number, told: number): void;
  /** The log is on a server that nobody has accepted, and came along up to this position. */
  forked(newest: number): void;
  /** @returns the exit code: 0 when log and stream agree, or do so now */
  end(result: Partial<Repaired> & { readonly refused?: string }): number;
}

export function createReconcileOutput({ json }: { readonly json: boolean }): ReconcileOutput {
  const counts = { missing: 0, unknown: 0, copy: 0, unmarked: 0, foreign: 0 };
  let conflict: string | undefined;
  let vacant = false;
  const say = (value: object, text: string): void => {
    process.stdout.write(`${json ? jsonLine(value) : printable(text)}\n`);
  };
  return {
    begin({ info, epoch, drift, conflict: why, vacant: empty }) {
      conflict = why;
      vacant = empty;
      const state = info === undefined ? null : {
        created: String(info.created), messages: info.state.messages,
        first_sequence: info.state.first_seq, last_sequence: info.state.last_seq,
      };
      say({ type: 'begin', epoch, stream: state, drift, conflict: why ?? null }, state === null
        ? `No stream; the log is in epoch ${epoch}`
        : `Stream of ${state.created}: ${state.messages} messages, ${state.first_sequence} to ${state.last_sequence}; `
          + `the log is in epoch ${epoch}`);
      if (json) return;
      for (const difference of drift) say({}, `Drift: ${difference}`);
      if (why !== undefined) say({}, `Conflict: ${why}`);
    },
    found(finding) {
      counts[finding.kind] += 1;
      // To mark these is the relay's daily work, and there may be many.
      if (finding.kind === 'unmarked') return;
      const { kind, ...what } = finding;
      say({ type: kind, ...what }, finding.kind === 'missing'
        ? `missing  ${finding.event_id} ${finding.event_type} ${finding.store_id}, position ${finding.position}, `
          + `was message ${finding.sequence ?? '?'}`
        : `${kind.padEnd(8)} message ${finding.sequence} ${finding.subject}, event ${finding.event_id || '-'}`);
    },
    saved(file, messages) {
      say({ type: 'saved', file, messages }, `${messages} messages that the log does not know are saved in ${file}`);
    },
    forgotten(known, told) {
      say({ type: 'forgotten', known, told }, `${known} customers are forgotten again, of ${told} who were erased since the backup`);
    },
    epoch(epoch) { say({ type: 'epoch', epoch }, `The log is in epoch ${epoch} now`); },
    forked(newest) {
      say({ type: 'forked', newest_position: newest }, `The newest event that came along to this PostgreSQL is at position ${newest}; `
        + 'what was acknowledged behind it, and neither published nor sealed, has left no trace');
    },
    end({ repaired, impossible = [], refused }) {
      for (const { event_id, reason } of impossible) {
        say({ type: 'impossible', event_id, reason }, `cannot be published: ${event_id}, ${reason}`);
      }
      // What somebody else publishes, copies included, concerns neither the log nor its consumers.
      const strange = counts.unknown;
      const worked = repaired !== undefined;
      const remaining = worked ? impossible.length + strange : counts.missing + strange;
      const agree = remaining === 0 && refused === undefined && (worked || conflict === undefined);
      say({
        type: 'summary', agree, ...counts, repaired: repaired ?? 0, impossible: impossible.length,
        conflict: conflict ?? null, refused: refused ?? null,
      }, [
        refused === undefined ? '' : `Refused: ${refused}.`,
        agree ? 'Log and stream agree' : 'Log and stream differ',
        `: ${counts.missing} missing`, worked ? ` and ${repaired} published again` : '',
        `, ${counts.unknown} unknown, ${counts.copy} copies, ${counts.unmarked} not yet marked`,
        counts.foreign === 0 ? '.' : `; ${counts.foreign} messages of strangers.`,
        agree || worked || refused !== undefined ? '' : advice(),
      ].join(''));
      return agree ? 0 : 1;
    },
  };

  function advice(): string {
    // A repair goes into our own stream, or an empty one; it refuses any other.
    if (counts.unknown > 0 || (conflict !== undefined && !vacant)) return ' See relay reconcile --restored.';
    return ' See relay reconcile --repair.';
  }
}
