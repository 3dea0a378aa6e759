import { readBoard } from '@inventory/board/bundle.ts';
import { expect } from 'chai';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { startTestApi } from '../testing/api.ts';
import type { TestApi } from '../testing/api.ts';

interface Answer { readonly status: number; readonly headers: Readonly<Record<string, string | string[] | undefined>>; readonly body: Buffer }

const BOARD = '/api/v1/board';
const KB = 1024;

describe('pages for people', () => {
  let api: TestApi;
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'board-'));
    await writeFile(join(folder, 'tokens.json'), JSON.stringify({ admin: 'a.b.c' }));
    api = await startTestApi({ board: { mode: 'full', tokensFile: join(folder, 'tokens.json') } });
  });
  after(async () => {
    await api.close();
    await rm(folder, { recursive: true });
  });

  /** With just these headers: fetch has an opinion on Host and on encodings. */
  const ask = (path: string, { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> } = {}) =>
    new Promise<Answer>((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port: api.port, path, method, headers }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => { chunks.push(chunk); });
        answer.on('end', () => { resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) }); });
      });
      sent.on('error', reject);
      sent.end();
    });

  it('open the board at each of its paths, which a policy keeps to this server and to no inline script', async () => {
    for (const path of ['', '/', '/products/01a20d19-1756-72d6-b15d-77c5f399fb03', '/explain/MAD-001/01a20d19-1756-72d6-b15d-77c5f399fb03', '/ops']) {
      const { status, headers, body } = await ask(`${BOARD}${path}`);
      expect([status, headers['content-type']], path).to.deep.equal([200, 'text/html; charset=utf-8']);
      expect(headers['content-security-policy']).to.equal('default-src \'none\'; script-src \'self\'; style-src \'self\'; img-src \'self\'; '
        + 'connect-src \'self\'; base-uri \'none\'; form-action \'none\'; frame-ancestors \'none\'');
      expect(body.toString()).not.to.match(/https?:|<style|style=| on\w+=|<script>/);
      for (const [, asset = ''] of body.toString().matchAll(/(?:src|href)="([^"]+assets[^"]+)"/g)) {
        expect((await ask(asset)).status, asset).to.equal(200);
      }
    }
    expect((await ask(`${BOARD}/nowhere`)).status).to.equal(404);
    expect((await ask(`${BOARD}/assets/package.json`)).status).to.equal(404);
    const post = await ask(BOARD, { method: 'POST' });
    expect([post.status, post.headers['allow']]).to.deep.equal([405, 'GET, HEAD']);
  });

  it('send each file once: a strong ETag for each encoding, and 304 for who has it', async () => {
    for (const path of [BOARD, `${BOARD}/assets/start.js`, '/']) {
      const plain = await ask(path);
      const zipped = await ask(path, { headers: { 'accept-encoding': 'gzip, br' } });
      expect(gunzipSync(zipped.body).equals(plain.body), path).to.equal(true);
      const [tag, other] = [String(plain.headers['etag']), String(zipped.headers['etag'])];
      expect(tag).to.match(/^"[\w-]{22}"$/);
      expect(other).to.match(/^"[\w-]{22}\.gz"$/);
      expect(plain.headers['vary']).to.include('Accept-Encoding');
      expect((await ask(path, { headers: { 'if-none-match': tag } })).status).to.equal(304);
      expect((await ask(path, { headers: { 'if-none-match': other, 'accept-encoding': 'gzip' } })).status).to.equal(304);
      expect((await ask(path, { headers: { 'if-none-match': other } })).status, 'the tag of the other form').to.equal(200);
    }
  });

  it('weigh at most 40 KB for the board, compressed', async () => {
    const files = await readBoard();
    /** With what they import at once; what is imported later, such as a plot or the pages of operators, comes when it is wanted. */
    const first = new Set(['start.js', 'look.css', 'mark.svg']);
    for (const name of first) {
      for (const [, imported = ''] of String(files.get(name)?.body ?? '').matchAll(/(?:from|import)"\.\/([^"]+)"/g)) first.add(imported);
    }
    const bytes = [...first].reduce((sum, name) => sum + (files.get(name)?.gzip.body.length ?? Infinity), 0);
    console.info(`      ${(bytes / KB).toFixed(1)} KB in ${first.size} files`);
    expect([...first].some((name) => name.startsWith('chunk-')), 'what two pages share').to.equal(true);
    expect(bytes).to.be.within(20 * KB, 40 * KB);
  });

  it('say at / what this is: a page for people, JSON for machines', async () => {
    const people = await ask('/', { headers: { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' } });
    expect(people.headers['content-type']).to.equal('text/html; charset=utf-8');
    expect(people.body.toString()).to.include(`href="${BOARD}"`).and.to.include('href="/api/v1/docs"');
    for (const accept of ['*/*', 'application/json']) {
      const machines = await ask('/', { headers: { accept } });
      expect(machines.headers['content-type'], accept).to.equal('application/json; charset=utf-8');
      expect(machines.headers['vary']).to.equal('Accept-Encoding, Accept');
      const { links }: { links: Record<string, string> } = JSON.parse(machines.body.toString());
      for (const path of Object.values(links)) expect((await ask(path)).status, path).to.equal(200);
    }
    expect((await ask('/', { method: 'DELETE' })).status).to.equal(405);
  });

  it('offer tokens on this machine alone: not to a name that leads here', async () => {
    const port = String(api.port);
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`]) {
      const offered = await ask(`${BOARD}/tokens`, { headers: { host } });
      expect([offered.status, offered.headers['cache-control'], offered.body.toString()], host).to.deep.equal([200, 'no-store', '{"admin":"a.b.c"}']);
    }
    for (const host of ['shop.example', `shop.example:${port}`, '10.0.0.7', '127.0.0.1.shop.example']) {
      expect((await ask(`${BOARD}/tokens`, { headers: { host } })).status, host).to.equal(404);
    }
  });

  it('are away where the board is off, and / does not lead there', async () => {
    const off = await startTestApi();
    try {
      const anybody = await off.as();
      for (const path of ['/board', '/board/ops', '/board/assets/start.js', '/board/tokens']) {
        expect((await anybody.get(path)).body, path).to.deep.include({ status: 404, code: 'not_found' });
      }
      const front = await fetch(`http://127.0.0.1:${off.port}/`);
      expect(await front.text()).not.to.include('board');
    } finally {
      await off.close();
    }
  });

  it('name the identity provider where there is one, which the pages may ask besides this server, and nobody else', async () => {
    const other = await startTestApi({
      board: {
        mode: 'read', tokensFile: undefined,
        provider: { issuer: 'https://id.example/shops', client: 'b"o<a&rd', scope: 'openid', parameters: 'audience=a&x=y', origins: ['https://login.example'] },
      },
    });
    try {
      const page = await fetch(`http://127.0.0.1:${other.port}${BOARD}`);
      expect(await page.text()).to.include('<html lang="en" data-board="read" data-issuer="https://id.example/shops" data-client="b&quot;o&lt;a&amp;rd" '
        + 'data-scope="openid" data-parameters="audience=a&amp;x=y">');
      expect(page.headers.get('content-security-policy')).to.include('connect-src \'self\' https://id.example https://login.example;')
        .and.to.include('script-src \'self\';').and.to.include('form-action \'none\'');
    } finally {
      await other.close();
    }
  });
});
