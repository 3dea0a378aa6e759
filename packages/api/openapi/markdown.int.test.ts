import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { processEnv } from '@inventory/runtime/config/config.ts';
import { expect } from 'chai';
import { apiMarkdownFile, apiMarkdownText } from '../generate.ts';
import { addProduct, admin, customer, service, startTestApi, vendor } from '../testing/api.ts';
import type { TestApi } from '../testing/api.ts';

/** The commands of the examples, each with its continued lines. */
function commandsOf(markdown: string): readonly string[] {
  return [...markdown.matchAll(/^```console\n([\s\S]*?)^```$/gm)]
    .flatMap(([, block = '']) => block.split(/^\$ /m).slice(1)).map((command) => command.trim());
}

const hasCurl = spawnSync('curl', ['--version']).status === 0;

describe('API.md', () => {
  let api: TestApi;
  before(async () => { api = await startTestApi(); });
  after(() => api.close());

  it('has the tables that npm run generate makes from the endpoints', () => {
    expect(readFileSync(apiMarkdownFile, 'utf8') === apiMarkdownText(), 'npm run generate would change it').to.equal(true);
  });

  const title = 'shows commands that work as they stand, one after the other';
  (hasCurl ? it : it.skip)(hasCurl ? title : `${title} (skipped: there is no curl)`, async function () {
    this.timeout(60_000);
    const product = await addProduct(api.db);
    const manager = await api.as(admin);
    for (const store_id of ['MAD-001', 'BCN-001']) {
      await manager.post('/stock', { product_id: product, store_id, quantity_change: 40, reason: 'RESTOCK' });
    }
    const env: Record<string, string> = {
      PATH: processEnv()['PATH'] ?? '', API_URL: `http://127.0.0.1:${api.port}`, PRODUCT_ID: product,
      TOKEN_ADMIN: await api.token(admin), TOKEN_VENDOR: await api.token(vendor),
      TOKEN_CUSTOMER: await api.token(customer), TOKEN_SERVICE: await api.token(service),
    };
    const commands = commandsOf(readFileSync(apiMarkdownFile, 'utf8'));
    expect(commands).to.have.length.above(15);
    for (const command of commands) {
      expect(command).to.match(/^curl -s /);
      const { stdout } = await promisify(execFile)('sh', ['-c', `${command} -w '\n%{http_code}'`], { env });
      const [, body = '', status] = /^([\s\S]*)\n(\d{3})$/.exec(stdout) ?? [];
      expect(Number(status), `${command}\n${stdout}`).to.be.within(200, 299);
      // The next examples use what this one has made.
      const answer: { reservation_id?: string; batch_id?: string } = JSON.parse(body);
      if (answer.reservation_id !== undefined) env['RESERVATION_ID'] = answer.reservation_id;
      if (answer.batch_id !== undefined && answer.batch_id !== null) env['BATCH_ID'] = answer.batch_id;
    }
  });
});
