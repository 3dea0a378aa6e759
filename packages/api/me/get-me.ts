/** `GET /me`: who the caller is, what he may, and which limits bind him. */
import { permissions, permissionsOf, roles } from '@inventory/domain/access.ts';
import { holderOf } from '@inventory/domain/limits.ts';
import { z } from 'zod';
import type { ApiDeps } from '../deps.ts';
import { json } from '../http/answer.ts';
import { everybody } from '../http/auth/access.ts';
import { actorOf } from '../http/context.ts';
import { endpoint, noBody, nothing } from '../http/endpoint/endpoint.ts';

const me = z.object({
  user_id: z.string(),
  role: z.enum(roles),
  store_ids: z.array(z.string()).nullable().meta({ description: 'A vendor\'s stores; null for roles that no list of stores narrows' }),
  permissions: z.array(z.enum(permissions)).meta({ description: 'What the role may, as far as the token\'s permissions do not narrow it' }),
  may_confirm: z.boolean().meta({ description: 'False where the token does not allow it, and for customers where payment decides' }),
  limits: z.object({
    requests: z.object({ limit: z.int(), window_seconds: z.int() }),
    holds: z.object({ units: z.int(), reservations: z.int() }).nullable().meta({ description: 'At once; null where holds count against the customer that they are for' }),
    units_confirmed_per_day: z.int().nullable().meta({ description: 'null where there is no such limit' }),
  }),
}).meta({ id: 'Me' });

export const getMe = endpoint({
  id: 'getMe', method: 'get', path: '/me', tag: 'me', access: everybody,
  summary: 'See who you are, what you may, and which limits bind you',
  description: 'The token\'s claim permissions narrows its role: left out, it narrows nothing; an empty list leaves reading alone.',
  params: nothing, query: nothing, body: noBody, place: 'own',
  answers: {
    200: {
      description: 'The user of the token', schema: me, headers: ['Cache-Control'],
      example: {
        user_id: 'vendor-789', role: 'vendor', store_ids: ['MAD-001'], permissions: ['stock:adjust', 'stock:count', 'reserve:others'],
        may_confirm: true,
        limits: { requests: { limit: 500, window_seconds: 60 }, holds: { units: 10_000, reservations: 1_000 }, units_confirmed_per_day: null },
      },
    },
  },
  problems: [],
  handle: ({ req }, { bounds, customersMayConfirm }: Pick<ApiDeps, 'bounds' | 'customersMayConfirm'>) => {
    const actor = actorOf(req);
    const { id, role } = actor;
    const allowed = permissionsOf(actor);
    const isCustomer = role === 'customer';
    const body: z.output<typeof me> = {
      user_id: id, role, store_ids: role === 'vendor' ? [...actor.storeIds].sort() : null, permissions: [...allowed],
      may_confirm: allowed.includes(isCustomer ? 'reserve:own' : 'reserve:others') && (!isCustomer || customersMayConfirm),
      limits: {
        requests: { limit: bounds.requests.user[role], window_seconds: bounds.requests.windowSeconds },
        // A service's holds are bound by the limit of the customer whom they are for.
        holds: role === 'service' ? null : boundsOfHolds(actor, bounds.holds),
        units_confirmed_per_day: isCustomer ? bounds.holds.unitsSoldPerDay : null,
      },
    };
    return Promise.resolve(json(200, body, { 'cache-control': 'no-cache' }));
  },
});

function boundsOfHolds(actor: Parameters<typeof holderOf>[0], limits: ApiDeps['bounds']['holds']) {
  const holder = holderOf(actor, actor.id);
  return holder === undefined ? null : limits[holder.kind];
}
