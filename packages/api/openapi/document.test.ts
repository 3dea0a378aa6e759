import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { errorCodes } from '@inventory/domain/errors.ts';
import { expect } from 'chai';
import { contracts, demandAll } from '../contracts.ts';
import { openApiFile, openApiText } from '../generate.ts';
import { problemTypes } from '../http/problems.ts';
import { parameters, parametersOf } from './headers.ts';
import { problem, problemExample } from './problem.ts';

const REDOCLY = join(import.meta.dirname, '..', 'node_modules', '@redocly', 'cli', 'bin', 'cli.js');

describe('docs/openapi.json', () => {
  it('is what the contracts say; npm run generate writes it', () => {
    expect(readFileSync(openApiFile, 'utf8') === openApiText(), 'npm run generate would change it').to.equal(true);
  });

  it('passes redocly lint without an error or a warning', async function () {
    this.timeout(60_000);
    const { stdout } = await promisify(execFile)(process.execPath, [REDOCLY, 'lint', openApiFile, '--format=json'], {
      env: { REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
    });
    const [report] = /\{[\s\S]*\n\}/.exec(stdout) ?? [];
    expect(JSON.parse(report ?? '{}'), stdout).to.deep.include({ totals: { errors: 0, warnings: 0, ignored: 0 } });
  });
});

describe('the contracts', () => {
  it('name each operation once, with a summary and an example for every answer that has a body', () => {
    expect(new Set(contracts.map(({ id }) => id)).size).to.equal(contracts.length);
    expect(new Set(contracts.map(({ method, path }) => `${method} ${path}`)).size).to.equal(contracts.length);
    for (const { id, summary, answers } of contracts) {
      expect(id).to.match(/^[a-z]+([A-Z][a-z]+)+$/);
      expect(summary, id).to.match(/^[A-Z].*[^.]$/);
      for (const [status, { schema, example }] of Object.entries(answers)) {
        if (schema !== undefined) expect(schema.safeParse(example).error, `${id} ${status}`).to.equal(undefined);
      }
    }
  });

  it('have an example body that fits wherever they take one', () => {
    for (const { id, body, bodyExample } of contracts) {
      if (bodyExample !== undefined) expect(body.safeParse(bodyExample).error, id).to.equal(undefined);
    }
  });

  it('name If-Match only where it is looked at, and give no header an example, which /docs would send with every call', () => {
    const conditional = contracts.filter((contract) => JSON.stringify(parametersOf(contract)).includes('IfMatch'));
    expect(conditional.map(({ id }) => id)).to.deep.equal(
      ['changeStock', 'countStock', 'updateProduct', 'archiveProduct', 'updateStore']);
    expect(JSON.stringify(parameters)).to.not.include('"example');
  });

  it('show each code of the closed list as it would be answered', () => {
    for (const code of errorCodes) {
      const { data, error } = problem.safeParse(problemExample(code));
      expect(error, code).to.equal(undefined);
      expect(data).to.include({ code, status: problemTypes[code].status });
    }
  });

  it('are all served, and nothing else is: the api does not start otherwise', () => {
    const operations = contracts.map((contract) => ({ contract, handle: () => Promise.resolve() }));
    demandAll(operations);
    expect(() => { demandAll(operations.slice(1)); }).to.throw(/entries without: getAvailability/);
    const [first] = operations;
    if (first === undefined) throw new Error('no contracts');
    const stranger = { ...first, contract: { ...first.contract, id: 'stranger' } };
    expect(() => { demandAll([...operations, stranger]); }).to.throw(/without an entry in contracts.ts: stranger/);
  });
});
