// @ts-check
import { expect } from 'chai';
import { readStartOptions } from './start-options.mjs';
import { Problem } from '../base/problem.mjs';

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
