/** `GET /customers/erasures/{id}`: that somebody was forgotten, when and by whom, for the file. */
import { InventoryError } from '@inventory/domain/errors.ts';
import { uuid } from '@inventory/domain/values.ts';
import { z } from 'zod';
import type { ApiDeps } from '../deps.ts';
import { json } from '../http/answer.ts';
import { adminOnly } from '../http/auth/access.ts';
import { endpoint, noBody, nothing } from '../http/endpoint/endpoint.ts';
import { ERASURE, erasure, erasureBody } from './erasure-schema.ts';

export const getErasure = endpoint({
  id: 'getErasure', method: 'get', path: '/customers/erasures/{id}', tag: 'customers', access: adminOnly,
  summary: 'Get an erasure',
  description: 'It says whose ref it was about, and no more who that was.',
  params: z.object({ id: uuid }), query: nothing, body: noBody,
  answers: { 200: { description: 'The erasure', schema: erasure, example: ERASURE, headers: ['Cache-Control'] } },
  problems: ['forbidden', 'not_found'],
  handle: async ({ params }, { db }: Pick<ApiDeps, 'db'>) => {
    const found = await db.selectFrom('erasures').selectAll().where('id', '=', params.id).executeTakeFirst();
    if (found === undefined) throw new InventoryError('not_found', 'There is no such erasure.');
    return json(200, erasureBody({
      id: found.id, customerRef: found.customer_ref, erasedAt: found.erased_at, erasedBy: found.erased_by,
      holdsReleased: found.holds_released, referencesRemoved: found.references_removed,
    }), { 'cache-control': 'no-store' });
  },
});
