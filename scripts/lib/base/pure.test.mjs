// @ts-check
import { expect } from 'chai';
import { missingLibraries } from '../servers/debian.mjs';
import { humanLine } from '../app/log-lines.mjs';
import { duration } from './output.mjs';
import { skipReason } from '../test/reporter.mjs';
import { kindOf } from '../test/specs.mjs';
import { pauseMs } from '../process/supervise.mjs';
import { isNewEnough } from '../install/tools.mjs';

describe('spec files', () => {
  it('say by their suffix what they need', () => {
    const names = ['a.test.ts', 'a.test.mjs', 'a.int.test.ts', 'a.e2e.test.ts', 'a.web.test.ts', 'a.long.test.ts'];
    expect(names.map(kindOf)).to.deep.equal(['unit', 'unit', 'int', 'e2e', 'web', 'long']);
    expect(['testing.ts', 'a.fixture.ts'].map(kindOf)).to.deep.equal([undefined, undefined]);
  });

  it('carry the reason of a skip in a title', () => {
    expect(skipReason('x works (skipped: no docker) on a Monday')).to.equal('no docker');
    expect(skipReason('x works (skipped: needs psql (client))')).to.equal('needs psql (client)');
    expect(skipReason('x works')).to.equal(undefined);
  });
});

describe('the version of Node', () => {
  it('has to be 24.2 or later', () => {
    expect(['20.20.2', '24.1.0'].map(isNewEnough)).to.deep.equal([false, false]);
    expect(['24.2.0', '24.21.0', '26.0.0'].map(isNewEnough)).to.deep.equal([true, true, true]);
  });
});

describe('a restart', () => {
  it('comes after a pause that doubles, has a bound, and is given up in the end', () => {
    expect([1, 2, 3, 4, 5, 6, 7].map(pauseMs)).to.deep.equal([500, 1000, 2000, 4000, 8000, 15_000, undefined]);
  });
});

describe('a duration', () => {
  it('is short to read', () => {
    expect([40, 1234, 12_345, 125_000].map(duration)).to.deep.equal(['0.0 s', '1.2 s', '12 s', '2 min 5 s']);
  });
});

describe("Debian's missing libraries", () => {
  it('are the libraries that would be installed too, without the compiler and Perl', () => {
    const names = ['libpq5', 'libllvm14', 'libjson-perl', 'libc6', 'postgresql-15'];
    const lines = [...names.map((name) => `Inst ${name} (1 Debian)`), 'Conf libpq5 (1 Debian)'];
    expect(missingLibraries(lines.join('\n'))).to.deep.equal(['libpq5']);
  });
});

describe('a log line for people', () => {
  const paint = { dim: String, red: String, yellow: String };

  it('shows time, message and fields', () => {
    const identity = { process: 'api', instance: 'x' };
    const line = { time: '2026-01-02T03:04:05.678Z', level: 'info', message: 'ready', ...identity, port: 3000 };
    expect(humanLine(JSON.stringify(line), paint)).to.equal('03:04:05.678 ready port=3000');
  });

  it('names the level when it matters', () => {
    expect(humanLine('{"level":"error","message":"lost"}', paint)).to.contain('error: lost');
  });

  it('leaves alone what is no log line', () => {
    for (const line of ['plain', '42', 'null', '{"a":1}', '{"cut']) expect(humanLine(line, paint)).to.equal(line);
  });
});
