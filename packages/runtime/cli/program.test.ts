import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';

type Child = ReturnType<typeof start>;
const start = (args: readonly string[]) => spawn(
  process.execPath, ['../testing/program.fixture.ts', ...args], { cwd: import.meta.dirname, stdio: ['ignore', 'pipe', 'pipe'] });

/** Runs the fixture to its end; `act` may do something to it when it has begun to write. */
async function run(args: readonly string[], act: (child: Child) => void = () => undefined) {
  const child = start(args);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => { stdout += chunk.toString(); });
  child.stdout.once('data', () => { act(child); });
  child.stderr.on('data', (chunk: Buffer) => { stderr += chunk.toString(); });
  const [code]: unknown[] = await once(child, 'close');
  return { code, stdout, stderr };
}

describe('a command line', function () {
  this.timeout(30_000);

  it('ends with 0 when its command is done, or with what the command says', async () => {
    expect(await run(['works', '--count', '7'])).to.deep.equal({ code: 0, stdout: '7\n', stderr: '' });
    expect(await run(['works'])).to.deep.equal({ code: 0, stdout: 'none\n', stderr: '' });
    expect(await run(['decides'])).to.include({ code: 1, stderr: '' });
  });

  it('shows its use, and ends with 0, for who asks', async () => {
    const { code, stdout, stderr } = await run(['works', '--help']);
    expect([code, stderr]).to.deep.equal([0, '']);
    expect(stdout).to.match(/^Usage: fixture works \[options\]/);
  });

  it('ends with 2 and says where help is when it was used wrongly', async () => {
    for (const args of [['sings'], ['works', '--loud'], ['works', 'extra'], ['works', '--count']]) {
      const { code, stdout, stderr } = await run(args);
      expect([code, stdout], args.join(' ')).to.deep.equal([2, '']);
      expect(stderr, args.join(' ')).to.match(/^error: .*\n\(--help shows how fixture is used\)\n$/);
    }
    expect(await run(['refuses'])).to.deep.equal({ code: 2, stdout: '', stderr: 'fixture: this or that, not both\n' });
    for (const count of ['0', '-1', '1.5', '7x', '']) {
      const { code, stderr } = await run(['works', `--count=${count}`]);
      expect([code, stderr], count).to.deep.equal(
        [2, `fixture: --count takes a whole number from 1, not ${JSON.stringify(count)}\n`]);
    }
  });

  it('ends with 2 and lists all problems when its configuration is wrong', async () => {
    expect(await run(['lacks'])).to.deep.equal({
      code: 2, stdout: '', stderr: 'fixture: 2 problems in the configuration\n  A is required\n  B must be a port\n',
    });
  });

  it('ends with 1 and one line, without a stack, when it fails', async () => {
    expect(await run(['fails'])).to.deep.equal({ code: 1, stdout: '', stderr: 'fixture: no database\n' });
  });

  it('quotes no control of the terminal from an error, and keeps its lines', async () => {
    expect(await run(['quotes'])).to.deep.equal({
      code: 1, stdout: '', stderr: 'fixture: column "a\\u{9b}2J\\u{202e}" is missing\n  and more\\u{1b}[31m\n',
    });
  });

  it('goes on to its end when nobody reads it any more', async () => {
    const { code, stdout, stderr } = await run(['talks'], (child) => { child.stdout.destroy(); });
    expect([code, stderr]).to.deep.equal([0, 'has said everything\n']);
    expect(stdout.length, 'it was cut off').to.be.below(500_000);
  });

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`is told of ${signal}, and one right behind it is the same wish`, async () => {
      const { code, stderr } = await run(['waits'], (child) => {
        child.kill(signal);
        child.kill('SIGTERM');
      });
      expect([code, stderr]).to.deep.equal([1, 'fixture: told to stop\n']);
    });
  }
});
