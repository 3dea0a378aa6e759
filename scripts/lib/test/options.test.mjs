// @ts-check
import { expect } from 'chai';
import { readTestOptions } from './options.mjs';
import { Problem } from '../base/problem.mjs';

const usual = ['types', 'lint', 'unit', 'int', 'e2e', 'web'];

describe('the options of npm test', () => {
  it('run everything but the long tests unless told otherwise', () => {
    const options = { help: false, stages: usual, grep: undefined, bail: false, inspect: false, folders: [] };
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
