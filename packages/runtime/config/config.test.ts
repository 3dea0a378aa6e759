import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ConfigError, commonShape, defineConfig, durationMs, flag, logLevel, orFile, port, positiveInt, readConfig, secret,
  text, url, urlList,
  type Env,
} from './config.ts';
import { envExample, printConfig, variablesTable } from './text.ts';

const spec = defineConfig({
  name: 'demo',
  shape: {
    DATABASE_URL: secret(url(['postgres:', 'postgresql:'])).describe('The database'),
    PASSPHRASE: secret(text()).optional().describe('A secret'),
    PORT: port().default(3000).describe('The port'),
    LIMIT: positiveInt(500).default(10).describe('A limit'),
    WAIT_MS: durationMs().default(0).describe('A wait'),
    LOG_LEVEL: logLevel().default('info').describe('The level'),
    STRICT: flag().default(false).describe('A switch'),
    KEY: orFile(text({ multiline: true })).optional().describe('A key'),
    KEYS_URL: url(['https:', 'http:']).optional().describe('Where keys are'),
    CLUSTER_URL: secret(urlList(['nats:', 'tls:'])).optional().describe('A cluster'),
  },
  rules: [{
    of: ['KEY', 'KEYS_URL'],
    holds: ({ KEY, KEYS_URL }) => KEY !== undefined || KEYS_URL !== undefined,
    problem: 'KEY or KEYS_URL is required',
  }],
});

const GOOD = { DATABASE_URL: 'postgres://me:hunter2@db/x', KEY: 'k' };

function problemsOf(env: Env): readonly string[] {
  try {
    readConfig(spec, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('configuration', () => {
  it('turns texts into values and fills in defaults', () => {
    expect(readConfig(spec, { ...GOOD, PORT: '0', LIMIT: '500', STRICT: 'true', LOG_LEVEL: 'debug' })).to.deep.equal({
      ...GOOD, PORT: 0, LIMIT: 500, WAIT_MS: 0, STRICT: true, LOG_LEVEL: 'debug',
    });
  });

  for (const [name, values] of Object.entries({
    PORT: ['12abc', '0x10', ' 5', '5 ', '', '-1', '65536', '1e3', '1.0', '+5', '٣', 'NaN'],
    LIMIT: ['0', '501', '', '99999999999999999999'],
    WAIT_MS: ['5s', '86400001'],
    STRICT: ['1', 'yes', 'TRUE', ''],
    LOG_LEVEL: ['INFO', 'trace', ''],
    DATABASE_URL: ['', 'db', 'http://db/x', 'postgres://', 'postgres:///x'],
    KEY: ['', '  ', 'a\u0000b'],
    CLUSTER_URL: [
      '', 'a:1', 'nats://a,', 'nats://a,b', 'nats://a, nats://b', ' nats://a', '\ufeffnats://a', 'nats://a,tls://b', 'nats://a,http://b',
      'nats://me:x@a,nats://me:y@b', 'nats://token@a,nats://other@b', 'nats://a,,nats://b', 'nats://',
    ],
  })) {
    for (const value of values) {
      it(`refuses ${name}=${JSON.stringify(value)}`, () => {
        const problems = problemsOf({ ...GOOD, [name]: value });
        expect(problems).to.have.length(1);
        expect(problems[0]).to.match(new RegExp(`^${name} `));
      });
    }
  }

  it('takes one server, or the list of a cluster, and leaves a comma in a password alone', () => {
    for (const CLUSTER_URL of [
      'nats://a', 'nats://a:1,nats://b:2,nats://c', 'tls://me:x@a,tls://me:x@b', 'nats://me:x@a,nats://b', 'nats://me:x,y@a', 'nats://[::1]:4222',
    ]) expect(readConfig(spec, { ...GOOD, CLUSTER_URL }).CLUSTER_URL).to.equal(CLUSTER_URL);
  });

  it('reports all problems at once, each by its variable, rules over several variables included', () => {
    const problems = problemsOf({ PORT: 'x', LIMIT: '0', STRICT: 'maybe' });
    const names = problems.map((problem) => problem.split(' ')[0]);
    expect(names).to.have.members(['DATABASE_URL', 'PORT', 'LIMIT', 'STRICT', 'KEY']);
  });

  it('does not judge a rule whose variables are wrong by themselves', () => {
    expect(problemsOf({ ...GOOD, KEY: '' })).to.have.length(1);
  });

  it('never repeats the value of a secret or of a URL in a problem', () => {
    const problems = problemsOf({
      DATABASE_URL: 'hunter2', PASSPHRASE: `hunter2\u0007`, KEY: 'k', KEYS_URL: 'ftp://me:hunter2@host/',
    });
    expect(problems).to.have.length(3);
    expect(problems.join('\n')).not.to.contain('hunter2');
  });

  describe('from files', () => {
    const dir = mkdtempSync(join(tmpdir(), 'config-'));
    after(() => { rmSync(dir, { recursive: true }); });
    const file = join(dir, 'secret');
    writeFileSync(file, `${GOOD.DATABASE_URL}\n`);

    it('takes a secret from the file that NAME_FILE names, without its last line break', () => {
      expect(readConfig(spec, { DATABASE_URL_FILE: file, KEY: 'k' }).DATABASE_URL).to.equal(GOOD.DATABASE_URL);
    });

    it('refuses both at once, and a file that is not there', () => {
      expect(problemsOf({ ...GOOD, DATABASE_URL_FILE: file })).to.have.length(1);
      const [problem, ...others] = problemsOf({ KEY: 'k', DATABASE_URL_FILE: join(dir, 'missing') });
      expect(problem).to.contain('DATABASE_URL_FILE').and.to.contain('ENOENT');
      expect(others).to.deep.equal([]);
    });

    it('does so only where it was declared', () => {
      expect(readConfig(spec, { ...GOOD, PORT_FILE: file }).PORT).to.equal(3000);
    });
  });

  it('prints itself without secrets', () => {
    const config = readConfig(spec, { ...GOOD, PASSPHRASE: 'hunter2', KEYS_URL: 'https://me:hunter2@h/' });
    const printed = printConfig(spec, config);
    expect(printed).not.to.contain('hunter2');
    const lines = printed.split('\n');
    expect(lines).to.include.members(['DATABASE_URL=postgres://me:***@db/x', 'PASSPHRASE=***', 'PORT=3000']);
  });

  it('documents each variable once, with what differs between the processes', () => {
    const one = defineConfig({ name: 'one', shape: commonShape(1001) });
    const extra = text().optional().describe('More');
    const two = defineConfig({ name: 'two', shape: { ...commonShape(1002), EXTRA: extra } });
    const example = envExample([one, two]);
    for (const name of Object.keys(two.shape)) {
      expect(example.match(new RegExp(`^(# )?${name}=`, 'gm')), name).to.have.length(1);
    }
    expect(example).to.contain('default one 1001, two 1002; one, two)\n# OPS_PORT=\n');
    expect(example).to.contain('# More\n# (text; optional; two)\n# EXTRA=\n');
    expect(example).to.match(/\nDATABASE_URL=postgres:/);
    expect(example).to.contain('# INSTANCE_ID=hostname-pid\n');
  });

  it('documents them in a table: default and process of each, what is secret, and what may come from a file', () => {
    const shape = { ...commonShape(1002), KEY: orFile(text()).optional().describe('A key'), MODE: logLevel().default('info') };
    const table = variablesTable([
      defineConfig({ name: 'one', shape: commonShape(1001) }), defineConfig({ name: 'two', shape }),
    ]).split('\n');
    expect(table).to.have.length(2 + Object.keys(shape).length);
    expect(table).to.include.members([
      '| `DATABASE_URL` | url | required | all | PostgreSQL, the truth | secret; `DATABASE_URL_FILE` |',
      '| `KEY` | text | optional | two | A key | `KEY_FILE` |',
      '| `MODE` | error \\| warn \\| info \\| debug | info | two |  |  |',
    ]);
    expect(table.find((row) => row.includes('OPS_PORT'))).to.contain('| one 1001, two 1002 | all |');
  });

  it('requires a description for every variable that all processes have', () => {
    const example = envExample([defineConfig({ name: 'one', shape: commonShape(1) })]);
    expect(example).not.to.match(/^# $/m);
  });
});
