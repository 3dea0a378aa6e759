// @ts-check
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { paths } from '../base/paths.mjs';
import { lockOf, NODE_PACKAGES, PNPM, POSTGRES_PACKAGES } from './hashes.mjs';

/** @param {string} path */
const read = (path) => readFileSync(join(paths.root, path), 'utf8');

describe('what is fetched by its version', () => {
  it('has its hash in the repository: Node and PostgreSQL for each kind of machine, and pnpm', () => {
    const specs = [PNPM, ...Object.values(NODE_PACKAGES), ...Object.values(POSTGRES_PACKAGES)];
    const { lock } = lockOf(specs);
    const hashes = [...JSON.stringify(lock).matchAll(/"integrity":"sha512-[A-Za-z0-9+/]{86}=="/g)].map(([hash]) => hash);
    expect(new Set(hashes).size).to.equal(specs.length);
  });

  it('is in the image, too: the Dockerfile installs pnpm by a lockfile with the same hash, and nothing by its version alone', () => {
    const { manifest, lock } = lockOf([PNPM]);
    expect(JSON.parse(read('scripts/lib/install/pnpm/package.json'))).to.deep.equal(manifest);
    expect(JSON.parse(read('scripts/lib/install/pnpm/package-lock.json'))).to.deep.equal(lock);
    const dockerfile = read('Dockerfile');
    expect(dockerfile).to.contain('npm ci ').and.not.match(/npm (install|i|add|exec)\b|npx |curl |wget |@\d+\.\d+\.\d+/);
    expect(dockerfile).to.contain('--frozen-lockfile');
  });

  it('is all of the lockfile: no package of it comes without a hash', () => {
    const [, packages = ''] = read('pnpm-lock.yaml').split(/^packages:$/m);
    const [entries = ''] = packages.split(/^snapshots:$/m);
    const names = [...entries.matchAll(/^ {2}(\S.*):$/gm)];
    expect(names.length).to.be.above(100);
    expect([...entries.matchAll(/^ {4}resolution: \{integrity: sha512-/gm)]).to.have.lengthOf(names.length);
  });
});
