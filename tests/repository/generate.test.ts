import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import {
  benchmarksFile, benchmarksText, clientTypesFile, clientTypesText, envExampleFile, envExampleText, scalingFile, scalingText,
  variablesFile, variablesText,
} from './generate.ts';

describe('.env.example', () => {
  it('is what the configurations say; npm run generate writes it', () => {
    expect(readFileSync(envExampleFile, 'utf8')).to.equal(envExampleText());
  });
});

describe('docs/variables.md', () => {
  it('has the table that the configurations make; npm run generate writes it', () => {
    expect(readFileSync(variablesFile, 'utf8')).to.equal(variablesText());
  });
});

describe('the types of the tests\' client', () => {
  it('are what the OpenAPI document says; npm run generate writes them', async function () {
    this.timeout(30_000);
    const same = readFileSync(clientTypesFile, 'utf8') === await clientTypesText();
    expect(same, 'npm run generate would change them').to.equal(true);
  });
});

describe('the tables of figures', () => {
  it('in docs/benchmarks.md are those of docs/benchmarks.json; npm run generate writes them', () => {
    expect(readFileSync(benchmarksFile, 'utf8')).to.equal(benchmarksText());
  });

  it('in docs/scaling.md are what the simulation makes of docs/benchmarks.json; npm run generate writes them', () => {
    expect(readFileSync(scalingFile, 'utf8')).to.equal(scalingText());
  });
});
