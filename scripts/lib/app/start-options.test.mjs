// @ts-check
import { expect } from 'chai';
import { readDevOptions, readStartOptions } from './start-options.mjs';
import { Problem } from '../base/problem.mjs';

describe('the options of npm start', () => {
  it('have a port', () => {
    expect(readStartOptions([])).to.deep.equal({ help: false, port: 3000, watch: false, inspect: false, logs: false });
    expect(readStartOptions(['--logs']).logs).to.equal(true);
    expect(readStartOptions(['--port', '8080']).port).to.equal(8080);
  });

  for (const port of ['0', '70000', '80a', '-1', '']) {
    it(`refuse the port ${JSON.stringify(port)}`, () => {
      expect(() => readStartOptions([`--port=${port}`])).to.throw(Problem);
    });
  }
});

describe('the options of npm run dev', () => {
  it('are those of npm start, and whether a debugger may attach', () => {
    expect(readDevOptions([])).to.deep.equal({ help: false, port: 3000, watch: true, inspect: false, logs: true });
    expect(readDevOptions(['--inspect', '--port', '8080'])).to.deep.equal({ help: false, port: 8080, watch: true, inspect: true, logs: true });
    expect(() => readStartOptions(['--inspect'])).to.throw(Problem);
  });
});
