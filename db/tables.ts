/**
 * The tables, written once as data: the test compares them with information_schema, Kysely takes its types from them.
 * A column is its Postgres type; `?` behind it says nullable, `=` that the database fills it in when it is left out.
 */
import type { ColumnType } from 'kysely';

export const tables = {
  log_epoch: { only_row: 'bool=', epoch: 'int4=', raised_at: 'timestamptz=', reason: 'text=', server: 'text?', log_id: 'uuid=' },
  log_forks: { epoch: 'int4', server: 'text', newest_position: 'int8', noted_at: 'timestamptz=', accepted_epoch: 'int4?' },
  log_formats: { type: 'text', version: 'int2', allowed_at: 'timestamptz=', allowed_by: 'text' },
  products: {
    id: 'uuid', sku: 'varchar', name: 'varchar', description: 'text?', category: 'varchar?', price: 'numeric',
    version: 'int4=', archived_at: 'timestamptz?', created_at: 'timestamptz=', updated_at: 'timestamptz=',
    identifiers: 'jsonb=', unit: 'varchar=', display_exponent: 'int2=',
  },
  product_codes: { value: 'varchar', product_id: 'uuid', units: 'int4' },
  stores: {
    id: 'varchar', uid: 'uuid', name: 'varchar', version: 'int4=', created_at: 'timestamptz=',
    updated_at: 'timestamptz=', groups: '_text=', latitude: 'float8?', longitude: 'float8?', country: 'varchar?',
    time_zone: 'varchar?', priority: 'int4=', pickup: 'bool=', ships: 'bool=', status: 'varchar=',
  },
  stores_changes: { only_row: 'bool=', changes: 'int8=' },
  stock: {
    id: 'uuid', product_id: 'uuid', store_id: 'varchar', quantity: 'int4=', reserved: 'int4=', version: 'int4=',
    updated_at: 'timestamptz=',
  },
  reservations: {
    id: 'uuid', stock_id: 'uuid', product_id: 'uuid', store_id: 'varchar', customer_id: 'varchar?', quantity: 'int4',
    status: 'varchar', expires_at: 'timestamptz', created_at: 'timestamptz=', created_by: 'varchar',
    batch_id: 'uuid?', reference: 'varchar?', confirmed_quantity: 'int4?', closed_at: 'timestamptz?',
    made_as: 'varchar?', sold_as: 'varchar?', customer_ref: 'uuid?', returned_quantity: 'int4=',
  },
  customers: { ref: 'uuid', external_id: 'varchar?', created_at: 'timestamptz=', erased_at: 'timestamptz?' },
  customer_conversions: {
    id: 'uuid', up_to: 'int8', digest_before: 'text', began_at: 'timestamptz=', converted: 'int8=', digest_after: 'text?', ended_at: 'timestamptz?',
  },
  erasures: {
    id: 'uuid', customer_ref: 'uuid', erased_at: 'timestamptz', erased_by: 'text', holds_released: 'int4', references_removed: 'int4',
  },
  events: {
    id: 'uuid', event_type: 'varchar', store_id: 'varchar', aggregate_id: 'uuid', payload: 'jsonb',
    timestamp: 'timestamptz=', position: 'int8=', stream_id: 'uuid', stream_version: 'int8?', schema_version: 'int2=',
    metadata: 'jsonb=',
  },
  // A view: a row for each event that is in no run, `why` for those that were passed over.
  events_unpublished: {
    id: 'uuid?', event_type: 'varchar?', store_id: 'varchar?', aggregate_id: 'uuid?', payload: 'jsonb?',
    timestamp: 'timestamptz?', position: 'int8?', stream_id: 'uuid?', stream_version: 'int8?', schema_version: 'int2?',
    metadata: 'jsonb?', why: 'text?',
  },
  idempotency_keys: {
    principal: 'varchar', operation: 'varchar', key: 'varchar', fingerprint: 'bytea', status: 'int2',
    headers: 'jsonb', response: 'bytea', created_at: 'timestamptz=',
  },
  revoked_tokens: { kind: 'varchar', value: 'varchar', revoked_at: 'timestamptz=', issued_until: 'timestamptz?' },
  revoked_tokens_changes: { only_row: 'bool=', changes: 'int8=' },
  relay_leader: {
    only_row: 'bool=', term: 'int8=', backend_pid: 'int4?', instance: 'text?', took_over_at: 'timestamptz?',
    beat_at: 'timestamptz?',
  },
  relay_stream: { name: 'text', created: 'text', epoch: 'int4', noted_at: 'timestamptz=', from_position: 'int8=' },
  published_runs: {
    stream: 'text', first_position: 'int8', last_position: 'int8', first_sequence: 'int8', count: 'int4', repair: 'bool=',
    term: 'int8', first_at: 'timestamptz=', last_at: 'timestamptz=',
  },
  relay_left_behind: { position: 'int8', stream_id: 'uuid', why: 'text', listed_at: 'timestamptz=' },
  relay_parked: {
    event_id: 'uuid', stream_id: 'uuid', position: 'int8', reason: 'text', state: 'text=', parked_at: 'timestamptz=',
    resolved_at: 'timestamptz?', resolved_by: 'text?', released_position: 'int8?',
  },
  replay_jobs: {
    id: 'text', specification: 'jsonb', from_position: 'int8', to_position: 'int8', epoch: 'int4', total: 'int8',
    state: 'text=', published: 'int8=', digest: 'text?', created_at: 'timestamptz=', updated_at: 'timestamptz=',
    requested_by: 'text?', note: 'text?', detail: 'text?', runs: 'int4=',
  },
  operator_actions: {
    id: 'uuid=', at: 'timestamptz=', actor: 'text', via: 'text', action: 'text', subjects: '_text', note: 'text?',
  },
  view_jobs: {
    id: 'uuid=', kind: 'text', deep: 'bool=', state: 'text=', runs: 'int4=', requested_by: 'text', note: 'text?', created_at: 'timestamptz=',
    updated_at: 'timestamptz=', instance: 'text?', products: 'int8=', total: 'int8?', result: 'jsonb?', detail: 'text?',
  },
  stream_tickets: {
    hash: 'bytea', actor: 'jsonb', jti: 'text?', question: 'text', expires_at: 'timestamptz', created_at: 'timestamptz=',
    used_at: 'timestamptz?',
  },
  role_privileges: { role: 'text', relation: 'text', privilege: 'text', column_name: 'text=' },
  process_reports: { process: 'text', instance: 'text', report: 'jsonb', reported_at: 'timestamptz=' },
  process_report_history: { process: 'text', instance: 'text', reported_at: 'timestamptz=', report: 'jsonb' },
} as const;

interface TypeOf {
  /** An array of texts. */
  _text: readonly string[];
  bool: boolean;
  bytea: Buffer;
  float8: number;
  int2: number;
  int4: number;
  /** Positions and versions stay far below 2^53; the pool's parser throws where one does not. */
  int8: number;
  jsonb: ColumnType<unknown, string, string>;
  numeric: string;
  text: string;
  timestamptz: Date;
  uuid: string;
  varchar: string;
}
type Insertable<T> = T extends ColumnType<infer S, infer I, infer U> ? ColumnType<S, I | undefined, U>
  : ColumnType<T, T | undefined, T>;
type Nullable<T> = T extends ColumnType<infer S, infer I, infer U>
  ? ColumnType<S | null, I | null | undefined, U | null>
  : ColumnType<T | null, T | null | undefined, T | null>;
type Column<C> = C extends `${infer N extends keyof TypeOf}?` ? Nullable<TypeOf[N]>
  : C extends `${infer N extends keyof TypeOf}=` ? Insertable<TypeOf[N]>
  : C extends keyof TypeOf ? TypeOf[C] : never;

export type Tables = {
  readonly [T in keyof typeof tables]: { [C in keyof (typeof tables)[T]]: Column<(typeof tables)[T][C]> };
};
