import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { errorCodes } from '@inventory/domain/errors.ts';
import { expect } from 'chai';
import { openApiFile, openApiText } from '../generate.ts';
import { problemTypes } from '../http/problems.ts';
import { parameters } from './headers.ts';
import { problem, problemExample } from './problem.ts';

const REDOCLY = join(import.meta.dirname, '..', 'node_modules', '@redocly', 'cli', 'bin', 'cli.js');

describe('docs/openapi.json', () => {
  it('is what npm run generate makes from the endpoints', () => {
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
