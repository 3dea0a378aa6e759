import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { benchmarksFile, benchmarksText, scalingFile, scalingText } from './generate.ts';

describe('the tables of figures', () => {
  it('in docs/benchmarks.md are those of docs/benchmarks.json; npm run generate writes them', () => {
    expect(readFileSync(benchmarksFile, 'utf8')).to.equal(benchmarksText());
  });

  it('in docs/scaling.md are what the simulation makes of docs/benchmarks.json; npm run generate writes them', () => {
    expect(readFileSync(scalingFile, 'utf8')).to.equal(scalingText());
  });
});
