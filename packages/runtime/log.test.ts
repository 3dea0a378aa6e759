import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { openSync, closeSync } from 'node:fs';
import { Writable } from 'node:stream';
import { createLogger } from './log.ts';
import { captureLog } from './testing/log.ts';

const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, nth) => first + nth);

describe('log', function () {
  this.timeout(90_000);

  it('writes one JSON object a line, with the time in ISO form', () => {
    const { log, lines } = captureLog();
    log.info('hello', { port: 1 });
    expect(lines()).to.have.length(1);
    expect(lines()[0]).to.include({ level: 'info', message: 'hello', process: 'test', instance: 'test-1', port: 1 });
    expect(new Date(String(lines()[0]?.['time'])).toISOString()).to.equal(lines()[0]?.['time']);
  });

  it('cannot be made to forge a line', () => {
    const { log, raw, lines } = captureLog();
    const forged = 'x\n{"level":"info","message":"forged"}\r\u2028';
    log.info(forged, { field: forged, [forged]: 1, error: new Error(forged) });
    expect(raw).to.have.length(1);
    expect(lines()[0]?.['message']).to.equal(forged);
  });

  it('shows a terminal nothing that controls it, and loses nothing: no U+0000-001F, U+007F-009F, no mark of direction', () => {
    const { log, raw, lines } = captureLog();
    const marks = [0x200e, 0x200f, 0x061c, 0x2028, 0x2029, ...range(0x202a, 0x202e), ...range(0x2066, 0x2069)];
    const hostile = String.fromCharCode(...range(0, 0x1f), ...range(0x7f, 0x9f), ...marks);
    log.warn(`a${hostile}`, { field: hostile, [`named ${hostile}`]: 1, error: new Error(hostile), list: [hostile], 'Añil €': '𝕏' });
    expect([...(raw[0] ?? '').matchAll(/[^\x20-\x7e\u00a0-\u0600€𝕏]/gu)].map(([char]) => char.codePointAt(0)?.toString(16))).to.deep.equal([]);
    expect(raw[0]).to.contain('"Añil €":"𝕏"');
    expect(lines()[0]).to.include({ message: `a${hostile}`, field: hostile }).and.to.have.property(`named ${hostile}`);
  });

  it('keeps its own fields whatever is passed', () => {
    const { log, lines } = captureLog();
    log.warn('mine', { message: 'theirs', level: 'info', time: 'never', process: 'p', instance: 'i', stack: 's' });
    expect(lines()[0]).to.include({ message: 'mine', level: 'warn', process: 'test', message_: 'theirs' });
  });

  it('keeps of an error name, message, code and causes, and nothing that its maker hung on it', () => {
    const { log, lines } = captureLog();
    const cause = Object.assign(new TypeError('inner'), { code: '23505', detail: 'Key (card)=(4111) exists.' });
    const error = Object.assign(new Error('outer', { cause }), { config: { password: 'p' }, response: { body: 'b' } });
    log.error('failed', { error, nested: { deep: [error] } });
    const expected = { name: 'Error', message: 'outer', cause: { name: 'TypeError', message: 'inner', code: '23505' } };
    expect(lines()[0]?.['error']).to.deep.equal(expected);
    expect(lines()[0]?.['nested']).to.deep.equal({ deep: [expected] });
  });

  it('shows stacks at debug level only', () => {
    for (const level of ['info', 'debug'] as const) {
      const { log, lines } = captureLog(level);
      log.error('failed', { error: new Error('x') });
      expect(JSON.stringify(lines()[0]).includes('"stack":"Error: x')).to.equal(level === 'debug');
    }
  });

  it('hides passwords in URLs and in fields that are named like secrets', () => {
    const { log, raw } = captureLog();
    log.info('at postgres://me:hunter2@db/x', {
      error: new Error('connect nats://hunter2@host failed'), password: 'hunter2',
      headers: { Authorization: 'Bearer hunter2' },
      url: 'http://h/?token=hunter2&a=1',
    });
    expect(raw[0]).to.be.a('string').and.not.to.contain('hunter2');
  });

  it('survives whatever is passed: cycles, bigints, dates that are none, functions, deep and long things', () => {
    const { log, lines } = captureLog();
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    const endless = new Error('loop');
    endless.cause = endless;
    log.info('odd', {
      cycle, endless, big: 10n, date: new Date(NaN), fn: () => 1, nothing: null, missing: undefined, nan: NaN,
      bytes: Buffer.alloc(9), map: new Map([['a', 1]]), set: new Set([1]), long: 'x'.repeat(100_000),
      many: Array.from({ length: 1000 }, (_, i) => i),
    });
    const [line] = lines();
    expect(line).to.include({
      big: '10', date: 'Invalid Date', fn: '[function]', nothing: null, nan: 'NaN', bytes: '[9 bytes]',
    });
    expect(JSON.stringify(line).length).to.be.lessThan(8000);
  });

  it('writes nothing below its level', () => {
    const { log, raw } = captureLog('warn');
    log.info('no');
    log.debug('no');
    log.warn('yes');
    expect(raw).to.have.length(1);
  });

  it('adds the fields of a child to each of its lines', () => {
    const { log, lines } = captureLog();
    log.child({ request_id: 'r1' }).child({ user: 'u1' }).info('x', { user: 'u2' });
    expect(lines()[0]).to.include({ request_id: 'r1', user: 'u2' });
  });

  it('drops what is logged after it was closed, without an error', async () => {
    const { log, raw } = captureLog();
    log.info('before');
    await log.close();
    log.info('after');
    await log.close();
    await new Promise(setImmediate);
    expect(raw).to.have.length(1);
  });

  it('has handed over every line when close resolves', () => {
    const script = `
      import { createLogger } from './log.ts';
      const log = createLogger({ process: 'p', instance: 'i', level: 'info' });
      for (let i = 0; i < 5000; i += 1) log.info('line', { i, pad: 'x'.repeat(100) });
      await log.close();
      process.exit(0);`;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: import.meta.dirname, encoding: 'utf8', maxBuffer: 1e8,
    });
    expect(stdout.trim().split('\n')).to.have.length(5000);
  });

  it('hands over the lines of one turn together, at once with a warning, and before the process ends', async () => {
    const writes: number[] = [];
    const stream = new Writable({
      decodeStrings: false,
      write: (_chunk, _encoding, done) => { writes.push(1); done(); },
      writev: (chunks, done) => { writes.push(chunks.length); done(); },
    });
    const log = createLogger({ process: 'test', instance: 'test-1', level: 'info', stream, corked: true });
    for (let i = 0; i < 3; i += 1) log.info('line', { i });
    expect(writes).to.deep.equal([]);
    await new Promise(setImmediate);
    expect(writes).to.deep.equal([3]);
    log.info('line');
    log.warn('line');
    expect(writes).to.deep.equal([3, 2]);

    const script = `
      import { createLogger } from './log.ts';
      const log = createLogger({ process: 'p', instance: 'i', level: 'info', corked: true });
      log.info('line');
      log.info('last');
      process.exit(0);`;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: import.meta.dirname, encoding: 'utf8',
    });
    expect(stdout.trim().split('\n')).to.have.length(2);
  });

  it('keeps 16 MiB of lines for a reader that has stopped, drops and counts what comes then, and says so once it reads', async () => {
    const waiting: (() => void)[] = [];
    let reads = false;
    const written: string[] = [];
    const stream = new Writable({
      decodeStrings: false,
      write(chunk, _encoding, done) {
        written.push(String(chunk));
        if (reads) setImmediate(done);
        else waiting.push(done);
      },
    });
    const log = createLogger({ process: 'test', instance: 'test-1', level: 'info', stream });
    const pad = 'x'.repeat(10_000);
    for (let i = 0; i < 6_000; i += 1) {
      log.info('line', { i, pad });
      // As in a process, where no turn of the event loop writes many lines.
      if (i % 10 === 0) await new Promise(setImmediate);
    }
    expect(stream.writableLength).to.be.within(16 * 1024 * 1024, 17 * 1024 * 1024);
    expect(log.dropped()).to.be.within(1_000, 3_000);
    const lost = log.dropped();
    reads = true;
    for (const done of waiting) done();
    while (stream.writableLength > 0) await new Promise(setImmediate);
    log.info('after');
    await log.close();
    const lines = written.join('').trim().split('\n').map((line): Record<string, unknown> => JSON.parse(line));
    expect(lines).to.have.length(6_000 - lost + 2);
    expect(lines.at(-2)).to.include({ level: 'warn', lines: lost });
    expect(lines.at(-1)).to.include({ message: 'after' });
  });

  const onLinux = (title: string, test: () => void) => (process.platform === 'linux'
    ? it(title, test) : it.skip(`${title} (skipped: needs /dev/full)`, test));

  onLinux('outlives a stdout on a full disk and a reader that has gone', () => {
    const script = `
      import { createLogger } from './log.ts';
      const log = createLogger({ process: 'p', instance: 'i', level: 'info' });
      const timer = setInterval(() => log.info('line'), 1);
      setTimeout(() => { clearInterval(timer); process.stderr.write('alive'); }, 150);`;
    const full = openSync('/dev/full', 'w');
    const onFullDisk = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: import.meta.dirname, encoding: 'utf8', stdio: ['ignore', full, 'pipe'],
    });
    closeSync(full);
    expect(onFullDisk).to.include({ status: 0, stderr: 'alive' });
    const unread = spawnSync('sh', ['-c', '"$0" --input-type=module -e "$1" | true', process.execPath, script], {
      cwd: import.meta.dirname, encoding: 'utf8',
    });
    expect(unread.stderr).to.equal('alive');
  });
});
