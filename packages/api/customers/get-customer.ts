/** `GET /customers/{ref}`: whose ref it is, for those who follow the log and have to call somebody. */
import { InventoryError } from '@inventory/domain/errors.ts';
import { uuid } from '@inventory/domain/values.ts';
import { z } from 'zod';
import type { ApiDeps } from '../deps.ts';
import { json } from '../http/answer.ts';
import { shopAndAdmin } from '../http/auth/access.ts';
import { endpoint, noBody, nothing } from '../http/endpoint/endpoint.ts';

export const getCustomer = endpoint({
  id: 'getCustomer', method: 'get', path: '/customers/{ref}', tag: 'customers', access: shopAndAdmin,
  summary: 'Get the customer whom a ref stands for',
  description: 'customer_id is null, and erased_at a time, once the customer was erased.',
  params: z.object({ ref: uuid }), query: nothing, body: noBody,
  answers: {
    200: {
      description: 'The customer', headers: ['Cache-Control'],
      schema: z.object({
        customer_ref: z.uuid(), customer_id: z.string().nullable(), created_at: z.iso.datetime(),
        erased_at: z.iso.datetime().nullable(),
      }).meta({ id: 'Customer' }),
      example: {
        customer_ref: '01a20d19-1754-7c3e-a0b1-6f0e1d2c3b4a', customer_id: 'cust-456', created_at: '2026-11-24T10:28:00.914Z',
        erased_at: null,
      },
    },
  },
  problems: ['forbidden', 'not_found'],
  handle: async ({ params }, { db }: Pick<ApiDeps, 'db'>) => {
    const found = await db.selectFrom('customers').selectAll().where('ref', '=', params.ref).executeTakeFirst();
    if (found === undefined) throw new InventoryError('not_found', 'There is no such customer.');
    return json(200, {
      customer_ref: found.ref, customer_id: found.external_id, created_at: found.created_at.toISOString(),
      erased_at: found.erased_at?.toISOString() ?? null,
    }, { 'cache-control': 'no-store' });
  },
});
