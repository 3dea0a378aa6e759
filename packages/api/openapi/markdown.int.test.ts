import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { processEnv } from '@inventory/runtime/config/config.ts';
import { expect } from 'chai';
import { apiMarkdownFile, apiMarkdownText } from '../generate.ts';
import { admin, customer, service, startTestApi, vendor } from '../testing/api.ts';
import type { TestApi } from '../testing/api.ts';
import { commandsOf, differenceOf, framesIn } from '../testing/shown.ts';

const hasCurl = spawnSync('curl', ['--version']).status === 0;

describe('API.md', () => {
  let api: TestApi;
  before(async () => { api = await startTestApi(); });
  after(() => api.close());

  it('has the tables that npm run generate makes from the endpoints', () => {
    expect(readFileSync(apiMarkdownFile, 'utf8') === apiMarkdownText(), 'npm run generate would change it').to.equal(true);
  });

  const title = 'shows commands that work as they stand, one after the other, each with what comes back';
  (hasCurl ? it : it.skip)(hasCurl ? title : `${title} (skipped: there is no curl)`, async function () {
    // Some forty commands, a quarter of a second each on a quiet machine.
    this.timeout(180_000);
    const manager = await api.as(admin);
    const { body: made } = await manager.post('/products', { sku: 'SKU-0001', name: 'Laptop HP', category: 'Computers', price: '799.00' });
    const product = String(made['product_id']);
    for (const [store_id, quantity_change] of [['MAD-001', 5], ['BCN-001', 10], ['VAL-001', 3]] as const) {
      await manager.post('/stock', { product_id: product, store_id, quantity_change, reason: 'RESTOCK' });
    }
    const env: Record<string, string> = {
      PATH: processEnv()['PATH'] ?? '', API_URL: `http://127.0.0.1:${api.port}`, PRODUCT_ID: product,
      TOKEN_ADMIN: await api.token(admin), TOKEN_VENDOR: await api.token(vendor),
      TOKEN_CUSTOMER: await api.token(customer), TOKEN_SERVICE: await api.token(service),
    };
    const commands = commandsOf(readFileSync(apiMarkdownFile, 'utf8'));
    expect(commands).to.have.length.above(15);
    for (const { command, answer } of commands) {
      if (command.startsWith('curl -sN ')) {
        // It has no end but that of --max-time, which is a failure to curl.
        const { stdout } = await promisify(execFile)('sh', ['-c', `${command} || true`], { env });
        const shown = framesIn(answer ?? '');
        // The next tick may have come, too.
        expect(differenceOf(shown, framesIn(stdout).slice(0, shown.length)), `${command}\n${stdout}`).to.equal(undefined);
        continue;
      }
      expect(command).to.match(/^curl -s /);
      const { stdout } = await promisify(execFile)('sh', ['-c', `${command} -w '\n%{http_code}'`], { env });
      const [, body = '', status] = /^([\s\S]*)\n(\d{3})$/.exec(stdout) ?? [];
      expect(answer, `no answer is shown to ${command}\n${body}`).to.be.a('string');
      const shown: { readonly code?: string; readonly status?: unknown } = JSON.parse(answer ?? '');
      // A problem is shown where the text speaks of one.
      if (shown.code === undefined) expect(Number(status), `${command}\n${stdout}`).to.be.within(200, 299);
      else expect(Number(status), `${command}\n${stdout}`).to.equal(shown.status);
      expect(differenceOf(shown, JSON.parse(body)), `${command}\n${body}`).to.equal(undefined);
      // The next examples use what this one has made.
      const next: { reservation_id?: string; batch_id?: string } = JSON.parse(body);
      if (next.reservation_id !== undefined) env['RESERVATION_ID'] = next.reservation_id;
      if (next.batch_id !== undefined && next.batch_id !== null) env['BATCH_ID'] = next.batch_id;
    }
  });
});
