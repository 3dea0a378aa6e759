import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { noChaos } from './main.ts';
import type { KindName } from './plan/kinds.ts';
import { drawPlan, planText } from './plan/plan.ts';
import { failuresOf, reportText } from './report.ts';
import { runPlan } from './run.ts';

const impossible = noChaos();
const skipped = impossible === '' ? '' : ` (skipped: ${impossible})`;
const describeChaos = impossible === '' ? describe : describe.skip;

/** Each server and the processes that lead are hurt once, within seconds. All kinds come in the long runs. */
const KINDS: readonly KindName[] = ['kill-api', 'kill-relay', 'nats-kill', 'hot-standby', 'redis-wrong-type'];
const SEED = 16;
/** In the command line of a process of ours, which is started when all servers are there, and in that of its guard. */
const OURS = /packages\/(?:api|relay|projector)\/main\.ts/;
const MAIN = join(import.meta.dirname, 'main.ts');

describeChaos(`a minute of chaos${skipped}`, function () {
  this.timeout(300_000);

  it('breaks no promise, while each fault hurts', async () => {
    const tell = (line: string): void => { console.log(`      ${line}`); };
    const plan = drawPlan({ seed: SEED, durationMs: 60_000, kinds: KINDS, each: 1 });
    tell(planText(plan).replaceAll('\n', '\n      '));
    const result = await runPlan({ plan, tell });
    expect(failuresOf(result), reportText(result, `npm run chaos -- --seed ${SEED} --seconds 60 --each 1 --faults ${KINDS.join(',')}`)).to.deep.equal([]);
  });
});

describeChaos(`a run of chaos that is killed with -9${skipped}`, function () {
  this.timeout(120_000);

  it('leaves no process and no file behind', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'chaos-killed-'));
    // Postgres runs as another user, who passes through.
    await chmod(folder, 0o711);
    const rig = spawn(process.execPath, [MAIN, '--seconds', '60', '--faults', 'redis-flush'], {
      env: { ...process.env, TMPDIR: folder }, stdio: ['ignore', 'ignore', 'inherit'],
    });
    const exited = once(rig, 'exit');
    try {
      await eventually(async () => {
        expect((await startedWith(folder, OURS)).length, 'apis, relays, projectors and their guards').to.equal(12);
      }, { timeoutMs: 60_000, everyMs: 250, what: 'everything to have been started' });
      expect(await readdir(folder)).to.not.deep.equal([]);
    } finally {
      rig.kill('SIGKILL');
      await exited;
    }
    await eventually(async () => {
      expect(await startedWith(folder)).to.deep.equal([]);
      expect(await readdir(folder)).to.deep.equal([]);
    }, { timeoutMs: 30_000, everyMs: 250, what: 'nothing to be left of it' });
    await rm(folder, { recursive: true });
  });
});

describe('the command chaos', () => {
  const run = promisify(execFile);
  const chaos = (...args: readonly string[]) => run(process.execPath, [MAIN, ...args]).then(
    ({ stdout }) => ({ code: 0, text: stdout }),
    (error: { readonly code?: unknown; readonly stderr?: unknown }) => ({ code: error.code, text: String(error.stderr) }));

  it('prints the plan of a seed and ends with 0, the same each time', async () => {
    const plan = await chaos('--seed', '7', '--minutes', '2', '--without', 'clock-jump', '--plan');
    expect(plan.code).to.equal(0);
    expect(plan.text).to.match(/^Plan of seed 7 for 120 s: \d+ rounds\n/);
    expect(await chaos('--seed', '7', '--minutes', '2', '--without', 'clock-jump', '--plan')).to.deep.equal(plan);
  });

  it('teaches its use, and ends with 2 where it is not understood', async () => {
    expect((await chaos('--help')).text).to.include('Exit code: 0 all promises were kept');
    const wrong = await chaos('--faults', 'no-such');
    expect([wrong.code, wrong.text]).to.deep.equal([2, wrong.text]);
    expect(wrong.text).to.include('no-such: there is no such kind of fault').and.to.include('--help');
  });
});

/** Processes whose environment or command line names the folder, and whose command line is like `command`. */
async function startedWith(folder: string, command = /(?:)/): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map(async (pid) => {
    const [environment, line] = await Promise.all(['environ', 'cmdline'].map((file) =>
      readFile(`/proc/${pid}/${file}`, 'latin1').catch(() => '')));
    return `${environment}${line}`.includes(folder) && command.test(line ?? '') ? [pid] : [];
  }));
  return found.flat();
}
