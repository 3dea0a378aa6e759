import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { errorCodes } from '@inventory/domain/errors.ts';
import { expect } from 'chai';
import { endpoints } from '../endpoints.ts';
import { openApiFile, openApiText } from '../generate.ts';
import { problemTypes } from '../http/problems.ts';
import { parameters } from './headers.ts';
import { openApiDocument } from './openapi-document.ts';
import { problem, problemExample } from './problem.ts';

interface Operation {
  readonly description: string;
  readonly parameters?: readonly { readonly name?: string; readonly required?: boolean }[];
}

/** The operations of a document, by their ids. */
function operationsOf(document: object): ReadonlyMap<string, Operation> {
  const paths: Record<string, Record<string, Operation & { readonly operationId: string }>> = JSON.parse(JSON.stringify(document)).paths;
  return new Map(Object.values(paths).flatMap((path) => Object.values(path)).map((operation) => [operation.operationId, operation]));
}

const REDOCLY = join(import.meta.dirname, '..', 'node_modules', '@redocly', 'cli', 'bin', 'cli.js');

describe('docs/openapi.json', () => {
  it('is what npm run generate makes from the endpoints', () => {
    expect(readFileSync(openApiFile, 'utf8') === openApiText(), 'npm run generate would change it').to.equal(true);
  });

  it('passes redocly lint without an error or a warning', async function () {
    this.timeout(60_000);
    // To the rule of ambiguous paths `batch` may be the id of a hold. Ids are UUIDs, and it is none.
    const { stdout } = await promisify(execFile)(process.execPath, [REDOCLY, 'lint', openApiFile, '--format=json', '--skip-rule=no-ambiguous-paths'], {
      env: { REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
    });
    const [report] = /\{[\s\S]*\n\}/.exec(stdout) ?? [];
    expect(JSON.parse(report ?? '{}'), stdout).to.deep.include({ totals: { errors: 0, warnings: 0, ignored: 0 } });
  });
});

describe('the documentation page', () => {
  it('sends no filter that nobody asked for: what may be left out has no example', () => {
    const filled = [...operationsOf(openApiDocument(endpoints))].flatMap(([name, { parameters: given = [] }]) => given
      .filter(({ required, ...parameter }) => required === false && JSON.stringify(parameter).includes('"example'))
      .map((parameter) => `${name} ${parameter.name}`));
    expect(filled).to.deep.equal([]);
    for (const parameter of Object.values(parameters)) expect(parameter).not.to.have.any.keys('example', 'examples');
  });

  it('says at each call who may make it', () => {
    for (const [name, { description }] of operationsOf(openApiDocument(endpoints))) {
      expect(description, name).to.match(/(^|\n\n)For: (all|anybody, without a token|[a-z ,]*admin)\.$/);
    }
    const said = new Map([...operationsOf(openApiDocument(endpoints))].map(([name, { description }]) => [name, description.split('\n').at(-1)]));
    expect(said.get('changeStock')).to.equal('For: vendor of the store, admin.');
    expect(said.get('getOpenApi')).to.equal('For: anybody, without a token.');
  });
});

describe('the problems of the document', () => {
  it('show each code of the closed list as it would be answered', () => {
    for (const code of errorCodes) {
      const { data, error } = problem.safeParse(problemExample(code));
      expect(error, code).to.equal(undefined);
      expect(data).to.include({ code, status: problemTypes[code].status });
    }
  });
});

describe('the headers of the document', () => {
  it('have no example in a request: /docs would send it with every call', () => {
    expect(JSON.stringify(parameters)).to.not.include('"example');
  });
});
