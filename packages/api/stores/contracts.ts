/** The contracts of the stores. */
import { storeId, text } from '@inventory/domain/values.ts';
import { z } from 'zod';
import { adminOnly, everybody } from '../http/auth/access.ts';
import { cursorText } from '../http/endpoint/cursor.ts';
import { contract, noBody } from '../http/endpoint/endpoint.ts';
import { limit, listOf } from '../http/endpoint/page.ts';

const nothing = z.strictObject({});
const byId = z.object({ id: storeId });
const changing = ['idempotency_key_reused', 'lock_timeout', 'outcome_unknown'] as const;
const name = text(255).meta({ example: 'Madrid Centro' });

export const store = z.object({
  store_id: z.string(),
  name: z.string(),
  version: z.int(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
}).meta({ id: 'Store' });

const SAMPLE = {
  store_id: 'MAD-001', name: 'Madrid Centro', version: 1, created_at: '2026-11-24T10:28:00.098Z',
  updated_at: '2026-11-24T10:28:00.098Z',
} as const;

export const createStoreContract = contract({
  id: 'createStore', method: 'post', path: '/stores', tag: 'stores', access: adminOnly,
  summary: 'Open a store',
  description: 'Its id is for good: it names the store in events, subjects and tokens.',
  params: nothing, query: nothing, body: z.strictObject({ store_id: storeId, name }),
  bodyExample: { store_id: 'MAD-001', name: 'Madrid Centro' },
  answers: { 201: { description: 'The store', schema: store, headers: ['Location', 'ETag'], example: SAMPLE } },
  problems: ['forbidden', 'in_use', ...changing],
});

export const listStores = contract({
  id: 'listStores', method: 'get', path: '/stores', tag: 'stores', access: everybody,
  summary: 'See all stores',
  params: nothing, query: z.strictObject({ limit, cursor: cursorText.optional() }), body: noBody,
  answers: {
    200: {
      description: 'A page of stores, by their id', schema: listOf(store), headers: ['Link'],
      example: { items: [SAMPLE], next_cursor: null },
    },
  },
  problems: [],
});

export const getStore = contract({
  id: 'getStore', method: 'get', path: '/stores/{id}', tag: 'stores', access: everybody,
  summary: 'Look at a store',
  params: byId, query: nothing, body: noBody,
  answers: {
    200: { description: 'The store', schema: store, headers: ['ETag'], example: SAMPLE },
    304: { description: 'It is still the one with this ETag' },
  },
  problems: ['not_found'],
});

export const updateStore = contract({
  id: 'updateStore', method: 'patch', path: '/stores/{id}', tag: 'stores', access: adminOnly,
  summary: 'Rename a store',
  description: 'With If-Match, only over that version.',
  params: byId, query: nothing, body: z.strictObject({ name }), bodyExample: { name: 'Madrid Sol' },
  answers: {
    200: {
      description: 'The store after the change', schema: store, headers: ['ETag'],
      example: { ...SAMPLE, name: 'Madrid Sol', version: 2, updated_at: '2026-11-24T10:30:12.001Z' },
    },
  },
  problems: ['forbidden', 'not_found', 'version_mismatch', ...changing],
});
