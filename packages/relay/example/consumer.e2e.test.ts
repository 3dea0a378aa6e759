import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { settledPosition } from '@inventory/db/events.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { addStockRows, appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { asUser } from '@inventory/testkit/processes/logins.ts';
import { spawnProcess } from '@inventory/testkit/processes/processes.ts';
import type { TestProcess } from '@inventory/testkit/processes/processes.ts';
import { createRelays } from '../testing/relays.ts';
import type { Relays } from '../testing/relays.ts';

const PAGE = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'events.md'), 'utf8');
const blocks = (language: string): readonly string[] =>
  [...PAGE.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, text = '']) => text);

describe('the example consumer of docs/events.md', () => {
  let relays: Relays;
  let running: TestProcess[];
  beforeEach(async () => {
    running = [];
    relays = await createRelays();
  });
  afterEach(async () => {
    for (const child of running) await child.kill();
    await relays.close();
  });

  const consume = async (durable = 'analytics', ...more: readonly string[]): Promise<TestProcess> => {
    const child = await spawnProcess({
      command: 'relay', script: 'packages/relay/example/consumer.mjs', args: [asUser(relays.server.url, 'analytics'), durable, ...more],
      env: {},
    });
    running.push(child);
    return child;
  };

  it('learns what every store has, and goes on where it was after kill -9', async function () {
    this.timeout(120_000);
    const { pool } = relays.workbench;
    await relays.start();
    const stockIds = await addStockRows(pool, { rows: 5 });
    await appendStockEvents(pool, { stockIds, each: 3 });
    await relays.everythingPublished();
    const first = await consume();
    await eventually(() => { expect(first.noise).to.have.length(15); });
    await first.kill();

    await appendStockEvents(pool, { stockIds, each: 2 });
    const second = await consume();
    const { rows } = await pool.query<{ line: string }>(
      `SELECT store_id || ' ' || product_id || ' ' || quantity - reserved || ' available, version ' || version AS line
       FROM stock`);
    await eventually(() => {
      for (const { line } of rows) expect(second.noise.join('\n')).to.contain(line);
    }, { timeoutMs: 20_000 });
    // What was acknowledged does not come again; the last acknowledgements of a killed consumer may be lost.
    expect(second.noise.length).to.be.within(10, 25);
    expect((await second.stop()).code).to.equal(0);
  });

  it('does what the page says, as do its other commands and its SQL, one after the other', async function () {
    this.timeout(120_000);
    const { pool, db } = relays.workbench;
    await relays.start();
    const stockIds = await addStockRows(pool, { rows: 6 });
    await appendStockEvents(pool, { stockIds, each: 3 });
    await relays.everythingPublished();

    const settled = await settledPosition(db);
    const statements = blocks('sql');
    expect(statements).to.have.length(1);
    for (const statement of statements) {
      const { rows } = await pool.query<{ position: string }>(statement, [0, settled]);
      expect(rows.map(({ position }) => Number(position))).to.deep.equal(Array.from({ length: 18 }, (_, i) => i + 1));
    }

    const lines = blocks('console').flatMap((block) => block.split('\n')).filter((line) => line !== '');
    const SAID = /^[A-Z]{3}-\d{3} [0-9a-f-]{36} \d+ available, version \d+$/;
    let replay = '';
    const untried: string[] = [];
    for (const line of lines) {
      const [, command, rest = ''] = /^\$ (node packages\/relay\/example\/consumer\.mjs \$ANALYTICS_NATS_URL|npx relay|nats) (.*)$/
        .exec(line) ?? [];
      if (command === undefined) expect(line, 'what the consumer writes').to.match(SAID);
      else if (command === 'nats') untried.push(line);
      else if (command === 'npx relay') {
        const { code, said } = await relays.run([...rest.replaceAll("'", '').split(' '), '--json']);
        expect(code, said).to.equal(0);
        replay = /"id":"([0-9A-Za-z]+)"/.exec(said)?.[1] ?? '';
      } else {
        const [durable = '', stream] = rest.split(' ');
        const events = stream === undefined ? 18 : 6;
        const child = await consume(durable, ...stream === undefined ? [] : [stream.replace(/_.*/, `_${replay}`)]);
        await eventually(() => { expect(child.noise, line).to.have.length(events); });
        for (const text of child.noise) expect(text).to.match(SAID);
        expect((await child.stop()).code).to.equal(0);
      }
    }
    expect(replay).to.not.equal('');
    expect(untried).to.have.length(3);
  });
});
