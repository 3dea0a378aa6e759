/** Replays as the page shows them, and what is asked of one. Pure. */
import type { Output } from '@inventory/client/client.ts';
import { quoted } from './commands.ts';

export type Replay = Output<'getReplay'>;
export type Plan = Output<'planReplay'>;

/** The range as it is typed: empty for what is left out. Types and stores with commas or blanks between them. */
export interface Typed { readonly from: string; readonly to: string; readonly types: string; readonly stores: string }

const listOf = (text: string): readonly string[] => text.split(/[\s,]+/).filter((part) => part !== '');

/** The parameters of a plan. */
export function planInput({ from, to, types, stores }: Typed) {
  const [some, there] = [listOf(types), listOf(stores)];
  return {
    from: from.trim(), ...(to.trim() === '' ? {} : { to: to.trim() }),
    ...(some.length === 0 ? {} : { types: some.join(',') }), ...(there.length === 0 ? {} : { stores: there.join(',') }),
  };
}

/** The same events as a plan has counted, by their positions. */
export function requestOf({ types, stores }: Typed, { from_position: from, to_position: to, total }: Plan) {
  const [some, there] = [listOf(types), listOf(stores)];
  return {
    from: `position:${from}`, to: `position:${to}`, expected_total: total,
    ...(some.length === 0 ? {} : { types: [...some] }), ...(there.length === 0 ? {} : { stores: [...there] }),
  };
}

/** The command that does the same. */
export function replayCommand({ from, to, types, stores }: Typed, plan: Plan | undefined): string {
  const option = (name: string, values: readonly string[]): string => (values.length === 0 ? '' : ` --${name} ${values.map(quotedWhereNeeded).join(' ')}`);
  const range = plan === undefined ? `${option('from', listOf(from === '' ? '2h' : from))}${option('to', listOf(to))}`
    : ` --from position:${plan.from_position} --to position:${plan.to_position} --max-bytes ${plan.max_bytes}`;
  return `npm run relay -- replay${range}${option('type', listOf(types))}${option('store', listOf(stores))}`;
}

const quotedWhereNeeded = (text: string): string => (/^[\w:.+-]+$/.test(text) ? text : quoted(text));

/** Another replay that published the same events, as equal digests say. */
export function sameAs(replay: Replay, all: readonly Replay[]): string | undefined {
  return replay.digest === null ? undefined : all.find(({ id, digest }) => id !== replay.id && digest === replay.digest)?.id;
}

const STILL: ReadonlySet<Replay['state']> = new Set(['done', 'cancelled', 'paused', 'interrupted']);

/** True where it will be another one in a second. */
export const moves = ({ state }: Replay): boolean => !STILL.has(state);
