import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { clientOperationsText, clientTypesText } from './client-sources.ts';
import {
  clientOperationsFile, clientTypesFile, envExampleFile, envExampleText, variablesFile, variablesText,
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

describe('packages/client/generated', () => {
  it('has the types that the OpenAPI document says; npm run generate writes them', async function () {
    this.timeout(30_000);
    const same = readFileSync(clientTypesFile, 'utf8') === await clientTypesText();
    expect(same, 'npm run generate would change them').to.equal(true);
  });

  it('has the operations that the OpenAPI document says; npm run generate writes them', () => {
    expect(readFileSync(clientOperationsFile, 'utf8')).to.equal(clientOperationsText());
  });
});
