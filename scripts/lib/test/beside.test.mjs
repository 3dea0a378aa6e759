// @ts-check
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { paths } from '../base/paths.mjs';
import { PROGRAMS_OF_SPECS, programsOf } from './beside.mjs';
import { findSpecs, kindOf } from './specs.mjs';

describe('programs beside the servers', () => {
  it('are those of the spec files that run, each once', () => {
    const [edge = '', rolling = ''] = Object.keys(PROGRAMS_OF_SPECS).filter((path) => path.startsWith('tests/'));
    expect(programsOf([edge, rolling, 'a.test.ts'])).to.deep.equal(['nginx', 'openssl']);
  });

  it('are named for each spec file that starts a real nginx, Prometheus, pgbouncer or Chromium, and no other', () => {
    const starting = findSpecs().filter((path) => ['int', 'e2e', 'web', 'long'].includes(kindOf(path) ?? '')
      && /from '\.\/(edge|browser)\.ts'|missingPrograms\(\{ prometheus|servers\/pgbouncer\.ts'/.test(readFileSync(join(paths.root, path), 'utf8')));
    expect(Object.keys(PROGRAMS_OF_SPECS).toSorted()).to.deep.equal(starting);
  });
});
