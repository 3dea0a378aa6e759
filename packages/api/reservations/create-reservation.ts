/** `POST /reservations`: the seed's Flow 3 begins here. */
import { customerId, reference, storeId } from '@inventory/domain/values.ts';
import { z } from 'zod';
import type { Accepted, Answer, Part } from '../commit/command.ts';
import type { ApiDeps } from '../deps.ts';
import { aboutProduct, meantBy, ONE_NAME, oneName, productName } from '../directory/named-product.ts';
import type { Meant } from '../directory/named-product.ts';
import { json } from '../http/answer.ts';
import { holding } from '../http/auth/access.ts';
import { endpoint, nothing } from '../http/endpoint/endpoint.ts';
import { commitProblems } from '../http/endpoint/submit.ts';
import { newId } from '../ids.ts';
import { heldBy, shownBody } from './row.ts';
import { PENDING, reservation, ttlOrDefault, units } from './schema.ts';

const newReservation = z.strictObject({
  ...productName, store_id: storeId, quantity: units, customer_id: customerId, ttl: ttlOrDefault,
  reference: reference.optional(),
}).check(oneName).meta(ONE_NAME);

export const createReservation = endpoint({
  id: 'createReservation', method: 'post', path: '/reservations', tag: 'reservations', access: holding,
  verb: 'reserve',
  summary: 'Hold units of a product in a store',
  description: 'The units are free again when the hold is cancelled, or after its ttl (in seconds). The product is named by product_id, sku or '
    + 'barcode; quantity counts packs where the barcode is one of a pack.',
  params: nothing, query: nothing, body: newReservation,
  bodyExample: { product_id: PENDING.product_id, store_id: 'BCN-001', quantity: 1, customer_id: 'cust-456', ttl: 600 },
  answers: {
    201: {
      description: 'The hold', schema: reservation, headers: ['Location', 'X-Stock-Version'],
      example: { ...PENDING, expires_in_seconds: 600 },
    },
  },
  problems: ['forbidden', 'not_found', 'insufficient_stock', 'hold_limit_exceeded', ...commitProblems],
  idempotent: true,
  about: ({ body }) => ({
    operation: 'reserve', store_id: body.store_id, ...aboutProduct(body), quantity: body.quantity,
  }),
  reach: ({ body }) => ({ customer: body.customer_id }),
  handle: async ({ body, req, submit }, { committer, codes }: Pick<ApiDeps, 'committer' | 'codes'>) => {
    const { meant, fault } = await meantBy(codes, req, [body]);
    return submit(committer, meant.map((one) => partOf(body, one)), created, { fault });
  },
});

function partOf(body: z.output<typeof newReservation>, { units: inPack, ...row }: Meant): Part {
  return {
    kind: 'reserve', dated: true, ...row, storeId: body.store_id,
    reserve: {
      type: 'reserve', reservationId: newId(), customerId: body.customer_id, quantity: body.quantity * inPack,
      ttlSeconds: body.ttl, batchId: null, reference: body.reference ?? null,
    },
  };
}

function created({ results: [result], now }: Accepted): Answer {
  const { reservation: hold, product, stock } = heldBy(result);
  return json(201, shownBody(hold, product, now), {
    location: `/api/v1/reservations/${hold.id}`, 'x-stock-version': String(stock.version),
  });
}
