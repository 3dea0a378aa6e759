// @ts-check
import { expect } from 'chai';
import { missingLibraries } from './debian.mjs';

describe("Debian's missing libraries", () => {
  it('are the libraries that would be installed too, without the compiler and Perl', () => {
    const names = ['libpq5', 'libllvm14', 'libjson-perl', 'libc6', 'postgresql-15'];
    const lines = [...names.map((name) => `Inst ${name} (1 Debian)`), 'Conf libpq5 (1 Debian)'];
    expect(missingLibraries(lines.join('\n'))).to.deep.equal(['libpq5']);
  });
});
