/** `npm run chaos`: options.ts explains it, run.ts carries it out. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { inContainers } from '@inventory/testkit/servers/services.ts';
import { noStandby } from '@inventory/testkit/servers/standby.ts';
import { HELP, readOptions, UsageError } from './options.ts';
import type { Options } from './options.ts';
import { drawPlan, planText } from './plan/plan.ts';
import type { KindName } from './plan/kinds.ts';
import { failuresOf, reportText } from './report.ts';
import { runPlan } from './run.ts';
import { headCommit } from './seeds.ts';
import { readRun, runJson, runsTable } from './table.ts';
import type { Where } from './table.ts';
import { noFaketime } from './world/clock.ts';
import type { World } from './world/world.ts';

/** Why this machine cannot run it; empty when it can. */
export function noChaos(): string {
  return inContainers ? 'servers in containers keep their files and their network to themselves' : noStandby();
}

/** The kinds that this machine supports, and why it does not support the others. */
export function possibleKinds(
  kinds: readonly KindName[],
): { readonly kinds: readonly KindName[]; readonly skipped: readonly string[] } {
  const why = noFaketime();
  if (why === '' || !kinds.includes('clock-jump')) return { kinds, skipped: [] };
  return { kinds: kinds.filter((kind) => kind !== 'clock-jump'), skipped: [`clock-jump is skipped: ${why}`] };
}

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args, () => Math.floor(Math.random() * 2 ** 32));
  if (options.help) {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  const tell = (line: string): void => { (options.json ? process.stderr : process.stdout).write(`${line}\n`); };
  if (options.table.length > 0) {
    process.stdout.write(`${runsTable(options.table.map((file) => readRun(readFileSync(file, 'utf8'))))}\n`);
    return 0;
  }
  const { kinds, skipped } = possibleKinds(options.kinds);
  for (const reason of skipped) tell(reason);
  if (kinds.length === 0) throw new UsageError('no kind of fault is left');
  const plan = drawPlan({ seed: options.seed, durationMs: options.durationMs, kinds, each: options.each });
  tell(planText(plan));
  if (options.planOnly) {
    if (options.json) process.stdout.write(`${JSON.stringify(plan)}\n`);
    return 0;
  }
  const impossible = noChaos();
  if (impossible !== '') throw new Error(impossible);
  const where = whereAndWhen();
  const result = await runPlan({
    plan, takenOut: options.takenOut, tell, signal: untilInterrupted(tell),
    ...(options.keep ? { keep: async (world) => { tell(`logs: ${keepLogs(world, options.seed)}`); } } : {}),
  });
  tell(reportText(result, repeatCommand(options)));
  if (options.json) process.stdout.write(`${runJson(result, where)}\n`);
  return failuresOf(result).length === 0 ? 0 : 1;
}

/** Ctrl-C ends the run with its report, after the round that is under way; a second one ends it at once. */
function untilInterrupted(tell: (line: string) => void): AbortSignal {
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      tell('The run ends after this round. A second signal ends it at once.');
      interrupted.abort();
    });
  }
  return interrupted.signal;
}

/** The command that draws the same plan again. */
function repeatCommand({ seed, durationMs, each, kinds, takenOut }: Options): string {
  return ['npm run chaos -- --seed', seed, '--seconds', durationMs / 1000, '--faults', kinds.join(','),
    ...(each === 0 ? [] : ['--each', each]),
    ...(takenOut === undefined ? [] : ['--take-out', takenOut])].join(' ');
}

function whereAndWhen(): Where {
  return { machine: `${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`, date: new Date().toISOString(), commit: headCommit() };
}

function keepLogs({ fleet }: World, seed: number): string {
  const folder = join(tmpdir(), `chaos-logs-${seed}`);
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of fleet.logs()) writeFileSync(join(folder, name), text);
  return folder;
}

if (import.meta.main) {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    const usage = error instanceof UsageError;
    const defect = error instanceof Error ? error.stack ?? error.message : String(error);
    process.stderr.write(usage ? `chaos: ${error.message}\nSee \`npm run chaos -- --help\`.\n` : `${defect}\n`);
    process.exitCode = usage ? 2 : 1;
  }
}
