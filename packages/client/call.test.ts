import { expect } from 'chai';
import type { Client } from './client.ts';
import { failure, scriptedClients } from './testing/scripted-client.ts';
import { problem } from './testing/scripted-server.ts';
import type { Asked, Reply } from './testing/scripted-server.ts';

const CHANGE = { product_id: '807acc38-bad3-5a9b-af8c-889c493a3230', store_id: 'MAD-001', quantity_change: 1, reason: 'RESTOCK' } as const;
const ROW = { product_id: CHANGE.product_id, store_id: 'MAD-001', quantity: 1, reserved: 0, available: 1, version: 1 };
const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('a call', function () {
  this.timeout(30_000);
  const scripted = scriptedClients();
  const keysOf = (asked: readonly Asked[]): readonly unknown[] => asked.map(({ headers }) => headers['idempotency-key']);

  describe('under its Idempotency-Key', () => {
    it('has one for all attempts, made before the first, and another one the next time', async () => {
      const { client, asked } = await scripted((_, nth) => (nth % 3 === 0 ? { body: ROW } : nth % 3 === 1 ? 'cut' : problem(503, 'overloaded')));
      expect(await client.changeStock(CHANGE)).to.deep.equal(ROW);
      await client.changeStock(CHANGE);
      const keys = keysOf(asked);
      expect(keys).to.have.length(6);
      expect(new Set(keys.slice(0, 3)).size, 'the first three are one call').to.equal(1);
      expect(new Set(keys).size).to.equal(2);
      for (const key of keys) expect(key).to.match(UUID_V7);
      expect(new Set(asked.map(({ body }) => body))).to.deep.equal(new Set([JSON.stringify(CHANGE)]));
    });

    it('has the caller\'s, at each attempt', async () => {
      const { client, asked } = await scripted((_, nth) => (nth < 3 ? 'cut' : { body: ROW }));
      await client.changeStock(CHANGE, { idempotencyKey: 'delivery-4711-line-1' });
      expect(keysOf(asked)).to.deep.equal(['delivery-4711-line-1', 'delivery-4711-line-1', 'delivery-4711-line-1']);
    });

    it('that cannot be sent fails before anything is sent', async () => {
      const { client, asked } = await scripted(() => ({ body: ROW }));
      const error = await client.changeStock(CHANGE, { idempotencyKey: 'a\nb' }).catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(TypeError);
      expect(asked).to.have.length(0);
    });

    it('is a POST, PUT or PATCH, and no GET or DELETE', async () => {
      const { client, asked } = await scripted(({ method }) => (method === 'DELETE' ? { status: 204 } : { body: {} }));
      await client.countStock({ store: 'MAD-001', product: 'p', quantity: 3 }, { ifMatch: 7 });
      await client.updateProduct({ id: 'p', price: '7.00' }, { ifMatch: '"7"' });
      await client.getProduct({ id: 'p' });
      await client.archiveProduct({ id: 'p' });
      expect(asked.map(({ method, headers }) => [method, typeof headers['idempotency-key'], headers['if-match']])).to.deep.equal([
        ['PUT', 'string', '"7"'], ['PATCH', 'string', '"7"'], ['GET', 'undefined', undefined], ['DELETE', 'undefined', undefined],
      ]);
    });
  });

  describe('is repeated', () => {
    const read = (client: Client) => client.getStock({ store: 'MAD-001', product: 'p' });
    const write = (client: Client) => client.changeStock(CHANGE);

    for (const [what, reply] of Object.entries({
      'a connection that is cut': 'cut', 'an answer of which half comes': 'half',
      'a gateway\'s 502': { status: 502, headers: { 'content-type': 'text/html' }, body: '<h1>Bad Gateway</h1>' },
      'JSON that is none': { body: '{"half":' },
      'a portal\'s page': { headers: { 'content-type': 'text/html', 'x-request-id': '' }, body: '<h1>Log in</h1>' },
      'an empty answer of somebody else': { headers: { 'x-request-id': '' } },
      'overloaded': problem(503, 'overloaded'), 'lock_timeout': problem(503, 'lock_timeout'),
      'dependency_unavailable': problem(503, 'dependency_unavailable'),
      'quota_exceeded': problem(429, 'quota_exceeded', { retryable: true }),
      'a code of later': problem(503, 'moon_phase', { retryable: true }),
    } satisfies Record<string, Reply>)) {
      it(`after ${what}`, async () => {
        await Promise.all([read, write].map(async (call) => {
          const { client, asked } = await scripted((_, nth) => (nth < 3 ? reply : { body: ROW }));
          expect(await call(client)).to.deep.equal(ROW);
          expect(asked).to.have.length(3);
        }));
      });
    }

    it('and a code of later reads `other`, with its own in the problem', async () => {
      const { client } = await scripted(() => problem(409, 'moon_phase', { phase: 'full' }));
      const error = await failure(client.changeStock(CHANGE));
      expect([error.code, error.problem.code, error.retryable]).to.deep.equal(['other', 'moon_phase', false]);
      expect(error.problem).to.include({ phase: 'full' });
      expect(error.message).to.equal('changeStock: moon_phase: moon_phase.');
    });

    it('not where the problem says that it is not retryable', async () => {
      for (const [status, code] of [[400, 'validation_failed'], [401, 'unauthenticated'], [409, 'insufficient_stock'], [500, 'internal_error']] as const) {
        const { client, asked } = await scripted(() => problem(status, code));
        expect((await failure(client.changeStock(CHANGE))).code).to.equal(code);
        expect(asked).to.have.length(1);
      }
    });

    it('without a key after a problem that says so, and not after a lost answer, which may have been a success', async () => {
      const busy = await scripted((_, nth) => (nth < 2 ? problem(503, 'overloaded') : { status: 204 }));
      expect(await busy.client.archiveProduct({ id: 'p' })).to.equal(undefined);
      expect(busy.asked).to.have.length(2);
      const cut = await scripted(() => 'cut');
      const error = await failure(cut.client.archiveProduct({ id: 'p' }));
      expect([error.code, error.retryable, error.call.outcomeUnknown]).to.deep.equal(['network_error', false, true]);
      expect(cut.asked).to.have.length(1);
    });

    it('not at another place: a redirect is no answer', async () => {
      const { client, asked } = await scripted(() => ({ status: 302, headers: { location: '/api/v1/elsewhere' } }));
      expect((await failure(client.changeStock(CHANGE))).code).to.equal('unexpected_answer');
      expect(asked).to.have.length(1);
    });

    it('as often as it is told to, and not at all with 0', async () => {
      const usual = await scripted(() => problem(503, 'overloaded'));
      const error = await failure(usual.client.changeStock(CHANGE));
      expect([error.code, error.call.attempts]).to.deep.equal(['overloaded', 5]);
      expect(usual.asked).to.have.length(5);
      const { client, asked } = await scripted(() => problem(503, 'outcome_unknown'), { retries: 0 });
      await failure(client.changeStock(CHANGE));
      expect(asked).to.have.length(1);
      await failure(client.changeStock(CHANGE, { retries: 2, deadlineMs: 1000 }));
      expect(asked.length).to.be.above(1);
    });

    it('with a fresh token, and an error of the token ends it as it is', async () => {
      let nth = 0;
      const { client, asked } = await scripted((_, n) => (n < 2 ? 'cut' : { body: ROW }), { token: () => `T${nth += 1}` });
      await client.changeStock(CHANGE);
      expect(asked.map(({ headers }) => headers.authorization)).to.deep.equal(['Bearer T1', 'Bearer T2']);
      const without = await scripted(() => ({ body: ROW }), { token: () => Promise.reject(new Error('no identity')) });
      expect(String(await without.client.changeStock(CHANGE).catch(String))).to.equal('Error: no identity');
      expect(without.asked).to.have.length(0);
    });
  });

  describe('whose outcome is unknown', () => {
    it('is repeated under its key until an answer tells, whatever is retryable in between, beyond retries and budget', async () => {
      const { client, asked } = await scripted((_, nth) => (nth === 1 ? problem(503, 'outcome_unknown')
        : nth < 8 ? (nth % 2 === 0 ? problem(503, 'dependency_unavailable') : 'cut') : { body: ROW }), { retries: 1, retryBudget: 0 });
      expect(await client.changeStock(CHANGE)).to.deep.equal(ROW);
      expect(asked).to.have.length(8);
      expect(new Set(keysOf(asked)).size).to.equal(1);
    });

    it('at the deadline still is, and says so', async () => {
      const { client, asked } = await scripted((_, nth) => problem(503, nth === 1 ? 'outcome_unknown' : 'dependency_unavailable'));
      const error = await failure(client.changeStock(CHANGE, { deadlineMs: 3000, idempotencyKey: 'k' }));
      expect([error.code, error.retryable, error.call.outcomeUnknown, error.call.idempotencyKey]).to.deep.equal(['outcome_unknown', true, true, 'k']);
      expect(asked.length).to.be.above(3);
    });

    it('is not repeated without a key, as the API says', async () => {
      const { client, asked } = await scripted(() => problem(503, 'outcome_unknown', { retryable: false }));
      const error = await failure(client.archiveProduct({ id: 'p' }));
      expect([error.code, error.call.outcomeUnknown]).to.deep.equal(['outcome_unknown', true]);
      expect(asked).to.have.length(1);
    });

    for (const { then, code, unknown } of [
      { then: problem(409, 'insufficient_stock'), code: 'insufficient_stock', unknown: false },
      { then: problem(412, 'version_mismatch'), code: 'version_mismatch', unknown: false },
      { then: problem(401, 'unauthenticated'), code: 'unauthenticated', unknown: true },
      { then: problem(500, 'internal_error'), code: 'internal_error', unknown: true },
      { then: problem(500, 'moon_phase'), code: 'other', unknown: true },
    ]) {
      it(`after a lost answer ${unknown ? 'remains so' : 'is known'} with ${code}`, async () => {
        const { client } = await scripted((_, nth) => (nth === 1 ? 'cut' : then));
        const error = await failure(client.changeStock(CHANGE));
        expect([error.code, error.call.outcomeUnknown]).to.deep.equal([code, unknown]);
      });
    }

    it('remains so where retries end with a refusal that says nothing of the attempt before', async () => {
      const { client } = await scripted((_, nth) => (nth === 1 ? 'cut' : problem(503, 'overloaded')));
      const error = await failure(client.changeStock(CHANGE));
      expect([error.code, error.call.outcomeUnknown]).to.deep.equal(['overloaded', true]);
    });

    it('is never that of a read, or of one that was only refused', async () => {
      const cut = await scripted(() => 'cut');
      expect((await failure(cut.client.getProduct({ id: 'p' }))).call.outcomeUnknown).to.equal(false);
      const busy = await scripted(() => problem(503, 'overloaded'));
      expect((await failure(busy.client.changeStock(CHANGE))).call.outcomeUnknown).to.equal(false);
    });
  });

  describe('in time', () => {
    it('waits as long as Retry-After says, in seconds or until a date, and jitter on top', async () => {
      for (const header of [() => '1', () => new Date(Math.ceil((Date.now() + 1000) / 1000) * 1000).toUTCString()]) {
        const { client, attempts } = await scripted((_, nth) => (nth === 1 ? problem(503, 'overloaded', {}, { 'retry-after': header() }) : { body: ROW }));
        const begun = performance.now();
        await client.changeStock(CHANGE);
        expect(performance.now() - begun).to.be.above(900);
        expect(attempts.map(({ code, retryInMs = 0 }) => [code, retryInMs > 900])).to.deep.equal([['overloaded', true], [undefined, false]]);
      }
    });

    it('does not wait for what comes after the deadline, and says when to try again', async () => {
      const { client, asked } = await scripted(() => problem(429, 'quota_exceeded', { retryable: true, violated_policies: ['vendor'] }, { 'retry-after': '40' }));
      const begun = performance.now();
      const error = await failure(client.changeStock(CHANGE));
      expect(performance.now() - begun).to.be.below(10_000);
      expect([error.code, error.retryAfterMs, asked.length]).to.deep.equal(['quota_exceeded', 40_000, 1]);
      if (error.code === 'quota_exceeded') expect(error.violated_policies).to.deep.equal(['vendor']);
    });

    it('gives an attempt up that nobody answers, and makes another', async () => {
      const { client, asked } = await scripted((_, nth) => (nth === 1 ? 'silence' : { body: ROW }), { attemptMs: 500 });
      expect(await client.changeStock(CHANGE)).to.deep.equal(ROW);
      expect(new Set(keysOf(asked)).size).to.equal(1);
    });

    it('leaves one that may not be repeated the whole time', async () => {
      const { client, asked } = await scripted(() => 'silence', { attemptMs: 20, deadlineMs: 200 });
      const begun = performance.now();
      const error = await failure(client.archiveProduct({ id: 'p' }));
      expect(performance.now() - begun).to.be.above(190);
      expect([error.code, error.call.outcomeUnknown, asked.length]).to.deep.equal(['deadline_exceeded', true, 1]);
    });

    it('ends at the deadline, waiting, asking or without a token', async () => {
      const silent = await scripted(() => 'silence', { deadlineMs: 150 });
      expect((await failure(silent.client.changeStock(CHANGE))).code).to.equal('deadline_exceeded');
      const tokenless = await scripted(() => ({ body: ROW }), { deadlineMs: 50, token: () => new Promise<string>(() => undefined) });
      expect((await failure(tokenless.client.changeStock(CHANGE))).code).to.equal('deadline_exceeded');
      expect(tokenless.asked).to.have.length(0);
      const busy = await scripted(() => problem(503, 'overloaded'), { deadlineMs: 60, retries: 100, retryBudget: 1 });
      const begun = performance.now();
      await failure(busy.client.changeStock(CHANGE));
      expect(performance.now() - begun).to.be.below(10_000);
    });

    it('ends with the caller\'s signal and its reason, asking and waiting', async () => {
      for (const reply of ['silence', problem(503, 'overloaded', {}, { 'retry-after': '10' })] as const) {
        const { client } = await scripted(() => reply);
        const reason = new Error('the customer has left');
        const controller = new AbortController();
        setTimeout(() => { controller.abort(reason); }, 50);
        const begun = performance.now();
        expect(await client.changeStock(CHANGE, { signal: controller.signal }).catch((thrown: unknown) => thrown)).to.equal(reason);
        expect(performance.now() - begun).to.be.below(9000);
      }
    });
  });

  it('adds a tenth to the load while all is refused, and ten retries once', async () => {
    const { client, asked } = await scripted(() => problem(503, 'overloaded'));
    for (let nth = 0; nth < 100; nth += 1) await failure(client.changeStock(CHANGE, { deadlineMs: 60_000 }));
    expect(asked.length).to.be.within(118, 120);
  });

  it('tells of each attempt', async () => {
    const { client, attempts } = await scripted((_, nth) => (nth === 1 ? 'cut' : { body: ROW }));
    await client.changeStock(CHANGE, { idempotencyKey: 'k' });
    expect(attempts.map(({ ms: _ms, retryInMs, ...told }) => ({ ...told, again: retryInMs !== undefined }))).to.deep.equal([
      { operation: 'changeStock', attempt: 1, status: 0, code: 'network_error', idempotencyKey: 'k', requestId: undefined, again: true },
      { operation: 'changeStock', attempt: 2, status: 200, code: undefined, idempotencyKey: 'k', requestId: 'r-1', again: false },
    ]);
  });

  it('puts each member where it belongs, and leaves out what is undefined', async () => {
    const { client, asked } = await scripted(() => ({ body: { items: [], next_cursor: null } }));
    await client.listAvailability({ product_ids: ['a', 'b'] });
    await client.listStock({ store: 'MAD/1', below: 5 }).page();
    await client.confirmReservation({ id: 'r' });
    await client.confirmReservation({ id: 'r', quantity: 2 });
    await client.getProduct({ id: 'p' }, { ifNoneMatch: '"7"', requestId: 'checkout-4711' });
    expect(asked.map(({ method, path, body }) => `${method} ${path} ${body}`)).to.deep.equal([
      'GET /api/v1/availability?product_ids=a%2Cb ', 'GET /api/v1/stores/MAD%2F1/stock?below=5 ',
      'POST /api/v1/reservations/r/confirm ', 'POST /api/v1/reservations/r/confirm {"quantity":2}', 'GET /api/v1/products/p ',
    ]);
    expect(asked.at(-1)?.headers).to.include({ 'if-none-match': '"7"', 'x-request-id': 'checkout-4711' });
  });

  it('leads to no other path, whatever an id says', async () => {
    const { client, asked } = await scripted(() => ({ body: ROW }));
    for (const id of ['', '.', '..']) expect(await client.cancelReservation({ id }).catch((thrown: unknown) => thrown)).to.be.instanceOf(TypeError);
    expect(asked).to.have.length(0);
  });
});
