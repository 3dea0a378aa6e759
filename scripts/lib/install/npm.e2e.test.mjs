// @ts-check
/* What npm brings is what the repository has the hash of, whatever a registry says about it. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { npmFetch } from './npm.mjs';

const SPEC = 'pnpm@11.28.11';

describe('a package that npm fetches by its version', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'inventory-npm-'));
  /** @type {Buffer} */
  let tarball;
  /** @type {import('node:http').Server} */
  let registry;
  let asked = 0;

  before(async () => {
    // Another program under the same name and version, as a registry, or a proxy before it, could hand it out.
    mkdirSync(join(folder, 'package', 'bin'), { recursive: true });
    writeFileSync(join(folder, 'package', 'package.json'), '{"name":"pnpm","version":"11.28.11"}');
    writeFileSync(join(folder, 'package', 'bin', 'pnpm.mjs'), 'console.log("not pnpm")\n');
    execFileSync('tar', ['-czf', 'forged.tgz', 'package'], { cwd: folder });
    tarball = readFileSync(join(folder, 'forged.tgz'));
    const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
    registry = createServer((request, response) => {
      asked += 1;
      if (request.url?.endsWith('.tgz') === true) {
        response.end(tarball);
        return;
      }
      const address = registry.address();
      const base = typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}` : '';
      const dist = { tarball: `${base}/pnpm/-/pnpm-11.28.11.tgz`, integrity };
      const version = { name: 'pnpm', version: '11.28.11', dist };
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ name: 'pnpm', 'dist-tags': { latest: '11.28.11' }, versions: { '11.28.11': version } }));
    }).listen(0, '127.0.0.1');
    await once(registry, 'listening');
  });
  after(() => {
    registry.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is refused when its bytes are others than those whose hash is in the repository', async () => {
    const address = registry.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const env = {
      ...process.env, npm_config_registry: `http://127.0.0.1:${port}/`, npm_config_cache: join(folder, 'cache'), npm_config_fetch_retries: '0',
    };
    const target = join(folder, 'target');
    const refused = await npmFetch(target, [SPEC], env).then(() => 'it was taken', (error) => String(error.message));
    expect(refused).to.match(/EINTEGRITY|integrity/);
    expect(asked).to.be.above(0);
    expect(existsSync(join(target, 'node_modules', 'pnpm', 'bin', 'pnpm.mjs'))).to.equal(false);
  });

  it('is given up, and said to be, when the registry takes connections and sends nothing', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    try {
      const address = silent.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      const env = { ...process.env, npm_config_registry: `http://127.0.0.1:${port}/`, npm_config_cache: join(folder, 'empty') };
      /** @type {string[]} */
      const notes = [];
      const options = { quietMs: 7000, note: (/** @type {string} */ word) => void notes.push(word) };
      const error = await npmFetch(join(folder, 'silent'), [SPEC], env, options).catch((caught) => caught);
      expect(String(error)).to.contain('nothing has arrived for 7 s');
      expect(error.advice).to.match(/registry, or the way to it, does not answer/);
      expect(notes).to.include('nothing arrives, 5 of 7 s');
    } finally {
      silent.closeAllConnections();
      silent.close();
    }
  });

  it('is not fetched at all when the repository has no hash of it', async () => {
    const error = await npmFetch(join(folder, 'other'), ['pnpm@11.28.10'], process.env).catch((caught) => caught);
    expect(String(error)).to.contain('pnpm@11.28.10').and.to.contain('hash');
  });
});
