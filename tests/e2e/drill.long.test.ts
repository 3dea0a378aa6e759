/** An operator's drill: Redis is lost, then the stream, under load. What is typed is what the runbooks say, and no more. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { createClient } from '@inventory/testkit/http/client.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import { inContainers } from '@inventory/testkit/servers/services.ts';
import { commandsOf, shows, signsOf, type } from '../repository/runbooks.ts';
import type { Typed } from '../repository/runbooks.ts';
import { startSteadyLoad } from './steady-load.ts';
import type { Ask, SteadyLoad } from './steady-load.ts';
import { startSystem } from './system.ts';
import type { System } from './system.ts';
import { seededProducts } from '@inventory/testkit/http/traffic.ts';
import { expectEqualCopies } from './equal-copies.ts';

const skipped = inContainers ? ' (skipped: a server in a container keeps its files to itself)' : '';

(inContainers ? describe.skip : describe)(`the operator's drill${skipped}`, function () {
  this.timeout(240_000);
  let system: System;
  let load: SteadyLoad;

  before(async () => {
    system = await startSystem({ relays: 2, projectors: 2 });
  });
  beforeEach(async () => {
    const token = await system.keys.token({ role: 'admin' });
    const api = createClient(`http://127.0.0.1:${system.apis[0]?.port}`, token);
    const asks = Array.from({ length: 4 }, (): Ask => (method, path, { body, ...options } = {}) => api.request(method, path, body, options));
    load = startSteadyLoad(asks, { token, products: await seededProducts(system) });
  });
  after(() => system.stop());

  const scrape = async (): Promise<string> => (await Promise.all([...system.apis, ...system.relays, ...system.projectors].map(
    async ({ opsPort }) => (await createClient(`http://127.0.0.1:${opsPort}`).get('/metrics')).text))).join('');
  /** Types what a step says. */
  const follow = async (page: string, step: string): Promise<readonly Typed[]> => {
    const typed: Typed[] = [];
    for (const command of commandsOf(page, step)) {
      const done = await type(command, system.env);
      console.log(`      $ ${command}  (exit code ${done.code})`);
      typed.push(done);
    }
    return typed;
  };
  const succeed = async (page: string, step: string): Promise<void> => {
    for (const { command, code, stdout, stderr } of await follow(page, step)) expect(code, `${command}\n${stdout}${stderr}`).to.equal(0);
  };
  const isOver = async (page: string): Promise<void> => {
    for (const sign of signsOf(page)) {
      if (sign.kind === 'command') {
        const { code, stdout, stderr } = await type(sign.command, system.env);
        expect(code, `${sign.command}\n${stdout}${stderr}`).to.equal(0);
      } else {
        await eventually(async () => { expect(shows(await scrape(), sign), sign.text).to.equal(true); }, { timeoutMs: 30_000, what: sign.text });
      }
    }
  };
  /** No request failed, and all copies hold what the log holds. */
  const expectAllWell = async (): Promise<void> => {
    await load.stop(system.sql);
    console.log(`      ${load.summary()}`);
    await expectEqualCopies(system);
    await expectInvariants(system.sql);
  };

  it('Redis is lost with all that it held: ViewNotSealed', async () => {
    const page = 'docs/runbooks/ViewNotSealed.md';
    await system.redis.kill();
    await eventually(async () => {
      expect((await follow(page, '1. ')).map(({ code }) => code)).to.deep.equal([1]);
    }, { timeoutMs: 60_000, everyMs: 1000, what: 'the first step to say what is wrong' });
    // "Start an empty one in its place": it saves nothing.
    await system.redis.restart();
    await succeed(page, 'Redis is lost');
    await isOver(page);
    await expectAllWell();
  });

  it('the stream is lost with all that it held: NobodyPublishes', async () => {
    const page = 'docs/runbooks/NobodyPublishes.md';
    await system.nats.kill();
    await rm(join(system.nats.local?.dir ?? '', 'jetstream'), { recursive: true });
    await system.nats.restart();
    await eventually(async () => {
      const typed = await follow(page, '1. ');
      expect(typed.map(({ code, stdout }) => [code, /INVENTORY is gone/.test(stdout)])).to.deep.equal([[1, true]]);
      expect(await scrape()).to.not.match(/^relay_leader\{.*\} 1$/m);
    }, { timeoutMs: 60_000, everyMs: 1000, what: 'the first step to say what is wrong' });
    await succeed(page, 'INVENTORY is gone');
    await isOver(page);
    await expectAllWell();
  });
});
