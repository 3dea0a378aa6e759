// @ts-check
import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { formatEnv, parseEnv, quote } from './env-file.mjs';
import { defaults } from '../app/launch.mjs';

const values = {
  PLAIN: 'http://127.0.0.1:3000',
  LIST: 'http://a:1 http://b:2',
  QUOTE: `it's "quoted" $HOME \`id\` \\`,
  EMPTY: '',
  COMMENT: 'a#b',
};

describe('.dev/env', () => {
  it('is read back as it was written', () => {
    expect(parseEnv(`# comment\n${formatEnv(values)}`)).to.deep.equal(values);
  });

  it('means the same to a shell', () => {
    for (const value of Object.values(values)) {
      const heard = execFileSync('/bin/sh', ['-c', `V=${quote(value)}; printf %s "$V"`], { encoding: 'utf8' });
      expect(heard).to.equal(value);
    }
  });

  it('stands in only for variables that are wanted and not set, by a file of their own neither', () => {
    const file = { DATABASE_URL: 'file', NATS_URL: 'file', REDIS_URL: '' };
    const added = defaults(['DATABASE_URL', 'NATS_URL', 'REDIS_URL'], { NATS_URL: 'shell' }, file);
    expect(defaults(['DATABASE_URL'], { DATABASE_URL_FILE: '/secrets/url' }, file)).to.deep.equal({});
    expect(added).to.deep.equal({ DATABASE_URL: 'file' });
  });
});
