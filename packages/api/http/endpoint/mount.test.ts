import { setTimeout as delay } from 'node:timers/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Actor } from '@inventory/domain/access.ts';
import { captureLog } from '@inventory/runtime/testing/log.ts';
import { createMetrics } from '@inventory/runtime/metrics.ts';
import { createClient } from '@inventory/testkit/http/client.ts';
import { InventoryError } from '@inventory/domain/errors.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { expect } from 'chai';
import express from 'express';
import { z } from 'zod';
import { json } from '../answer.ts';
import { inOrder } from '../in-order.ts';
import { contextOf } from '../context.ts';
import { identifyRequest } from '../edge/request.ts';
import { handleErrors } from '../errors.ts';
import { endpoint, noBody, nothing } from './endpoint.ts';
import { mount } from './mount.ts';
import { createStockOperations } from './stock-operations.ts';

const ofVendor = { vendor: { reach: 'own_stores', foreign: 'store_not_in_scope' } } as const;
const declared = { tag: 'test', answers: {}, problems: [], summary: 'Test', params: nothing, query: nothing, verb: 'stock:adjust' } as const;

describe('a mounted endpoint', () => {
  let server: Server;
  let actor: Actor;
  let ran: string[];
  let charged: number[];
  let metrics: ReturnType<typeof createMetrics>;
  const client = () => {
    const address: AddressInfo | string | null = server.address();
    return createClient(`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`);
  };
  beforeEach(async () => {
    actor = { id: 'vendor-1', role: 'vendor', storeIds: new Set(['MAD-001']) };
    ran = [];
    charged = [];
    metrics = createMetrics({ process: 'api', instance: 'test' });
    const change = endpoint({
      ...declared, id: 'changeThing', method: 'post', path: '/things', access: ofVendor,
      body: z.strictObject({ store: z.string(), user: z.string().optional() }),
      about: ({ body }) => ({ operation: 'change', store_id: body.store }),
      reach: ({ body }) => ({ store: body.store, user: body.user }),
      handle: ({ body }, { note }: { readonly note: (text: string) => void }) => {
        note(body.store);
        return Promise.resolve(json(200, { done: true }));
      },
    });
    const list = endpoint({
      ...declared, id: 'listThings', method: 'post', path: '/lists', access: ofVendor, body: z.array(z.string()),
      about: ({ body }) => ({ operation: 'change_list', stores: body }),
      reach: 'row',
      handle: ({ req }) => {
        contextOf(req).stores.push('VAL-001');
        return Promise.resolve(json(200, {}));
      },
    });
    const read = endpoint({
      ...declared, id: 'getThings', method: 'get', path: '/things', access: 'public', body: noBody,
      handle: () => Promise.resolve(json(200, {})),
    });
    const app = express();
    app.use(inOrder(identifyRequest(), (req, _res, next) => {
      contextOf(req).actor = actor;
      next();
    }));
    const several = endpoint({
      ...declared, id: 'getSeveral', method: 'get', path: '/several', access: ofVendor, body: noBody,
      query: z.strictObject({ of: z.string().transform((text) => text.split(',')) }), reach: 'row',
      cost: { unitFor: 2, of: 'items' }, sizeOf: ({ query }) => query.of.length,
      handle: ({ query }, { note }: { readonly note: (text: string) => void }) => {
        note(query.of.join(' '));
        return Promise.resolve(json(200, {}));
      },
    });
    const heavy = endpoint({
      ...declared, id: 'getHeavy', method: 'get', path: '/heavy', access: ofVendor, body: noBody, reach: 'row',
      cost: { units: 10 }, place: 'heavy',
      handle: async (_input, { note }: { readonly note: (text: string) => void }) => {
        note('begun');
        await delay(100);
        note('ended');
        return json(200, {});
      },
    });
    const deps = { note: (text: string) => { ran.push(text); } };
    app.use(mount([change, list, read, several, heavy], deps, {
      authenticate: (_req, _res, next) => { next(); }, operations: createStockOperations(metrics),
      charge: (_req, _res, cost) => {
        charged.push(cost);
        return cost > 10 ? Promise.reject(new InventoryError('quota_exceeded', 'too much')) : Promise.resolve();
      },
    }));
    app.use(handleErrors({ log: captureLog().log, pseudonym: (text) => text }));
    server = createServer(app);
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  });
  afterEach(() => new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  }));

  const counted = async () => {
    const { values } = await metrics.registry.getSingleMetric('stock_operations_total')?.get() ?? { values: [] };
    return values.map(({ labels, value }) => [labels['operation'], labels['store_id'], labels['status'], value]);
  };

  it('never runs its handler for a request beyond the reach that it declares', async () => {
    const answers = await Promise.all([
      client().post('/things', { store: 'BCN-001' }), client().post('/things', { store: 'MAD-001', user: 'vendor-2' }),
      client().post('/things', { store: 'MAD-001', user: 'vendor-1' }),
    ]);
    expect(answers.map(({ status, body }) => [status, body['code']])).to.deep.equal(
      [[403, 'store_not_in_scope'], [403, 'forbidden'], [200, undefined]]);
    expect(ran).to.deep.equal(['MAD-001']);
  });

  it('refuses the role first, then a malformed request, then what lies beyond its reach', async () => {
    expect((await client().post('/things', { store: 'BCN-001', colour: 'red' })).body['code']).to.equal('validation_failed');
    actor = { id: 'cust-1', role: 'customer', storeIds: new Set() };
    expect((await client().post('/things', { store: 'BCN-001', colour: 'red' })).body['code']).to.equal('forbidden');
    expect(ran).to.deep.equal([]);
  });

  it('counts a write under its store, or once under each of several, those that were found later included', async () => {
    await client().post('/things', { store: 'MAD-001' });
    await client().post('/things', { store: 'BCN-001' });
    await client().post('/lists', ['MAD-001', 'BCN-001', 'MAD-001']);
    await client().get('/things');
    await eventually(async () => {
      expect(await counted()).to.deep.equal([
        ['change', 'MAD-001', 'success', 1], ['change', 'other', 'error', 1],
        ['change_list', 'MAD-001', 'success', 1], ['change_list', 'BCN-001', 'success', 1],
        ['change_list', 'VAL-001', 'success', 1],
      ]);
    });
  });

  it('shares its path with the other methods of it: any method beyond them is 405', async () => {
    const answer = await client().request('DELETE', '/things');
    expect([answer.status, answer.headers.get('allow')]).to.deep.equal([405, 'POST, GET, HEAD']);
  });

  it('charges what a request costs beyond 1 before anything is done, and not for what it refuses by itself', async () => {
    const statuses: number[] = [];
    for (const path of ['/several?of=a', '/several?of=a,b', '/several?of=a,b,c', `/several?of=${'x,'.repeat(20)}x`, '/heavy', '/several']) {
      statuses.push((await client().get(path)).status);
    }
    actor = { id: 'cust-1', role: 'customer', storeIds: new Set() };
    statuses.push((await client().get('/heavy')).status);
    expect(statuses).to.deep.equal([200, 200, 200, 429, 200, 400, 403]);
    expect(charged).to.deep.equal([2, 11, 10]);
    expect(ran).to.deep.equal(['a', 'a b', 'a b c', 'begun', 'ended']);
  });

  it('does heavy requests one at a time for each caller, and another caller does not wait behind all of one', async () => {
    const statuses = Promise.all(Array.from({ length: 4 }, () => client().get('/heavy')));
    await eventually(() => { expect(charged).to.have.length(4); });
    expect(ran).to.deep.equal(['begun']);
    actor = { id: 'vendor-2', role: 'vendor', storeIds: new Set(['MAD-001']) };
    const other = client().get('/heavy').then(({ status }) => ran.push(`other ${status}`));
    expect((await statuses).map(({ status }) => status)).to.deep.equal([200, 200, 200, 200]);
    await other;
    const atOnce = ran.map((_what, nth) => ran.slice(0, nth + 1).reduce((n, word) => n + (word === 'begun' ? 1 : word === 'ended' ? -1 : 0), 0));
    expect(Math.max(...atOnce)).to.equal(2);
    expect(ran.indexOf('other 200'), ran.join()).to.be.below(ran.lastIndexOf('ended'));
  });
});
