/** `POST /customers/erasures`: forgets a customer. */
import { customerId, reference } from '@inventory/domain/values.ts';
import { z } from 'zod';
import type { ApiDeps } from '../deps.ts';
import { json } from '../http/answer.ts';
import { adminOnly } from '../http/auth/access.ts';
import { endpoint, nothing } from '../http/endpoint/endpoint.ts';
import { commitProblems } from '../http/endpoint/submit.ts';
import { ERASURE, erasure, erasureBody } from './erasure-schema.ts';
import type { Erasure } from '../erasure/forget.ts';

const MAX_REFERENCES = 100;

export const eraseCustomer = endpoint({
  id: 'eraseCustomer', method: 'post', path: '/customers/erasures', tag: 'customers', access: adminOnly,
  verb: 'customer:erase',
  summary: 'Forget a customer',
  description: 'For good: nobody can tell any more whose the holds, sales and events of his ref were, and the tokens that he has are '
    + 'refused. Open holds are cancelled with release_holds, else they are a 409. References of his holds that name him are removed where they are '
    + 'given. The event customer.erased tells consumers to drop what they have derived. Somebody of whom nothing is known gets the same answer, '
    + 'with a ref of nobody; who comes again by the same id gets a new ref. Tokens and stored answers go by the id, whatever the role. Give all '
    + 'references at once: a later request does not find his holds. docs/security.md says what is not forgotten.',
  params: nothing, query: nothing,
  body: z.strictObject({
    customer_id: customerId,
    release_holds: z.boolean().default(false),
    references: z.array(reference).max(MAX_REFERENCES).default([]).describe('Free texts of his holds and sales that name him'),
  }),
  bodyExample: { customer_id: 'cust-9021', release_holds: true, references: ['order for Anna Muster'] },
  answers: { 200: { description: 'The customer is forgotten', schema: erasure, example: ERASURE, headers: ['Cache-Control'] } },
  problems: ['forbidden', 'customer_has_holds', 'conversion_pending', ...commitProblems],
  // Each takes a connection of its own, and a customer may have ten thousand holds.
  idempotent: true, place: 'heavy', cost: { units: 20 },
  about: () => ({ operation: 'customer_erase' }),
  handle: ({ body, submitThrough }, { erase }: Pick<ApiDeps, 'erase'>) => submitThrough<Erasure>(
    (cause) => erase({
      ...cause, customerId: body.customer_id, releaseHolds: body.release_holds, references: body.references,
    }),
    (done) => json(200, erasureBody(done), { 'cache-control': 'no-store' })),
});
