import { errorCodes } from '@inventory/domain/errors.ts';
import { asyncApiDocument } from '@inventory/domain/event-contract.ts';
import { eventSchemas } from '@inventory/domain/events.ts';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { readFileSync } from 'node:fs';
import type { Client } from '@inventory/testkit/http/client.ts';
import { expect } from 'chai';
import { openApiFile } from '../generate.ts';
import { startTestApi } from '../testing/api.ts';
import type { TestApi } from '../testing/api.ts';

describe('what anybody may read', () => {
  let api: TestApi;
  let anybody: Client;
  before(async () => {
    api = await startTestApi();
    anybody = await api.as();
  });
  after(() => api.close());

  it('the OpenAPI document, as it is committed, with an ETag', async () => {
    const answer = await anybody.get('/openapi.json');
    expect(answer.status).to.equal(200);
    expect(answer.body).to.deep.equal(JSON.parse(readFileSync(openApiFile, 'utf8')));
    const etag = answer.headers.get('etag') ?? '';
    expect((await anybody.get('/openapi.json', { headers: { 'if-none-match': etag } })).status).to.equal(304);
  });

  it('the documentation: it loads everything from this server, and its policy allows nothing else', async () => {
    const { status, headers, text } = await anybody.get('/docs');
    expect([status, headers.get('content-type')]).to.deep.equal([200, 'text/html; charset=utf-8']);
    expect(headers.get('content-security-policy')).to.equal('default-src \'none\'; script-src \'self\'; '
      + 'style-src \'self\'; img-src \'self\' data:; connect-src \'self\'; base-uri \'none\'; form-action \'none\'; '
      + 'frame-ancestors \'none\'');
    expect(text).not.to.match(/https?:|\/\/|<style|style=| on\w+=|<script>/);
    const loaded = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, target = '']) => target);
    expect(loaded).to.include.members(['docs/swagger-ui.css', 'docs/swagger-ui-bundle.js', 'docs/start.js']);
    for (const target of loaded) {
      const asset = await anybody.get(`/${target}`);
      expect([asset.status, asset.text.length > 50], target).to.deep.equal([200, true]);
    }
    expect((await anybody.get('/docs/start.js')).text).to.include('url: \'openapi.json\'');
    expect((await anybody.get('/docs/package.json')).body['code']).to.equal('not_found');
  });

  it('a page for every error code, where the type of a problem points', async () => {
    for (const code of errorCodes) {
      const { status, headers, text } = await anybody.get(`/problems/${code}`);
      expect([status, headers.get('content-type')], code).to.deep.equal([200, 'text/html; charset=utf-8']);
      expect(headers.get('content-security-policy')).to.match(/^default-src 'none'; style-src 'sha256-/);
      expect(text).to.include(`<code>${code}</code>`);
    }
    const { body } = await anybody.get('/nowhere');
    const { status } = await fetch(new URL(String(body['type']), `http://127.0.0.1:${api.port}`));
    expect(status).to.equal(200);
    expect((await anybody.get('/problems/__proto__')).body['code']).to.equal('not_found');
  });

  it('what is published to NATS, as it is committed', async () => {
    const { status, text, headers } = await anybody.get('/asyncapi.json');
    expect(status).to.equal(200);
    expect(JSON.parse(text)).to.deep.equal(asyncApiDocument());
    const again = await anybody.get('/asyncapi.json', { headers: { 'if-none-match': headers.get('etag') ?? '' } });
    expect(again.status).to.equal(304);
  });

  it('the schema of every type of event, which the events of the log fit', async () => {
    for (const type of Object.keys(eventSchemas)) {
      const answer = await anybody.get(`/event-schemas/${type}/1`);
      expect([answer.status, answer.headers.get('content-type')]).to.deep.equal([200, 'application/schema+json']);
      expect(JSON.parse(answer.text)).to.include({ title: type });
    }
    const { text } = await anybody.get('/event-schemas/store.created/1');
    const fits = new Ajv2020({ strict: false, validateFormats: false }).compile(JSON.parse(text));
    const { rows } = await api.pool.query<{ payload: unknown }>(
      'SELECT payload FROM events WHERE event_type = \'store.created\'');
    expect(rows).to.have.length(3);
    for (const { payload } of rows) expect(fits(payload), JSON.stringify(fits.errors)).to.equal(true);
    expect((await anybody.get('/event-schemas/stock.updated/2')).body['code']).to.equal('not_found');
    expect((await anybody.get('/event-schemas/constructor/1')).body['code']).to.equal('not_found');
  });
});
