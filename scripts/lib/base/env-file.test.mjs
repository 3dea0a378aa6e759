// @ts-check
import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { formatEnv, parseEnv, quote } from './env-file.mjs';

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
});
