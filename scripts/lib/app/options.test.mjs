// @ts-check
import { expect } from 'chai';
import { closingLine, readStartOptions, readTestOptions, total } from './options.mjs';
import { Problem } from '../base/problem.mjs';

const usual = ['types', 'lint', 'unit', 'int', 'e2e', 'web'];

describe('the options of npm test', () => {
  it('run everything but the long tests unless told otherwise', () => {
    const options = { help: false, stages: usual, grep: undefined, bail: false, folders: [] };
    expect(readTestOptions([])).to.deep.equal(options);
    expect(readTestOptions(['--long']).stages).to.deep.equal([...usual, 'long']);
  });

  it('take stages by commas, by repetition and by their long names, and keep their order', () => {
    expect(readTestOptions(['--only', 'e2e,unit', '--only', 'types']).stages).to.deep.equal(['types', 'unit', 'e2e']);
    expect(readTestOptions(['--only', 'integration']).stages).to.deep.equal(['int']);
    expect(readTestOptions(['--only', 'unit', '--long']).stages).to.deep.equal(['unit', 'long']);
  });

  it('leave types and lint out when only some tests are asked for', () => {
    expect(readTestOptions(['--grep', 'relay']).stages).to.deep.equal(['unit', 'int', 'e2e', 'web']);
    expect(readTestOptions(['./packages/relay']).folders).to.deep.equal(['packages/relay']);
  });

  for (const args of [['--only', 'all'], ['--nope'], ['--grep', '('], ['--grep']]) {
    it(`refuse ${args.join(' ')} in words`, () => {
      expect(() => readTestOptions(args)).to.throw(Problem);
    });
  }
});

describe('the options of npm start', () => {
  it('have a port', () => {
    expect(readStartOptions([])).to.deep.equal({ help: false, port: 3000 });
    expect(readStartOptions(['--port', '8080']).port).to.equal(8080);
  });

  for (const port of ['0', '70000', '80a', '-1', '']) {
    it(`refuse the port ${JSON.stringify(port)}`, () => {
      expect(() => readStartOptions([`--port=${port}`])).to.throw(Problem);
    });
  }
});

describe('the closing line', () => {
  it('adds up all stages in the form that CI reads', () => {
    const counts = [{ passed: 3, failed: 0, skipped: 1 }, { passed: 1, failed: 2, skipped: 0 }];
    expect(closingLine(total(counts.map((each) => ({ counts: each }))))).to.equal('4 passed, 2 failed, 1 skipped');
  });
});
