import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readDatabase, readDatabaseUrl } from './config.ts';

const url = 'postgres://me:hunter2@db/x';

describe('where the database is', () => {
  const dir = mkdtempSync(join(tmpdir(), 'db-config-'));
  after(() => { rmSync(dir, { recursive: true }); });
  const fileOf = (content: string): string => {
    const file = join(dir, `of-${content.length}`);
    writeFileSync(file, content);
    return file;
  };

  it('is said by the variable, or by the file that its _FILE names, without the last line break', () => {
    expect(readDatabaseUrl({ DATABASE_URL: url })).to.deep.equal({ url });
    expect(readDatabaseUrl({ DATABASE_URL_FILE: fileOf(`${url}\n`) })).to.deep.equal({ url });
    expect(readDatabaseUrl({ DATABASE_URL: '', DATABASE_URL_FILE: fileOf(url) })).to.deep.equal({ url });
  });

  for (const [what, env, problem] of [
    ['neither', {}, 'DATABASE_URL is not set'],
    ['an empty variable', { DATABASE_URL: '' }, 'DATABASE_URL is not set'],
    ['both', { DATABASE_URL: url, DATABASE_URL_FILE: '/x' }, 'DATABASE_URL and DATABASE_URL_FILE are both set, which one is meant?'],
    ['a missing file', { DATABASE_URL_FILE: join(dir, 'missing') }, 'DATABASE_URL_FILE names a file that cannot be read (ENOENT)'],
    ['an empty file', { DATABASE_URL_FILE: fileOf('\n') }, 'DATABASE_URL_FILE names an empty file'],
  ] as const) {
    it(`is asked for in one line by ${what}`, () => { expect(readDatabaseUrl(env)).to.deep.equal({ problem }); });
  }

  it('is said together with whether sessions ask which server it is, by whoever writes to the log', () => {
    for (const [value, identity] of [[undefined, 'on'], ['', 'on'], ['on', 'on'], ['off', 'off']] as const) {
      expect(readDatabase({ DATABASE_URL: url, POSTGRES_IDENTITY: value })).to.deep.equal({ url, identity });
    }
    expect(readDatabase({ DATABASE_URL: url, POSTGRES_IDENTITY: 'no' })).to.deep.equal({ problem: 'POSTGRES_IDENTITY must be one of on, off' });
    expect(readDatabase({ POSTGRES_IDENTITY: 'no' })).to.deep.equal({ problem: 'DATABASE_URL is not set' });
  });
});
