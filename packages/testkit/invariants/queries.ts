/**
 * Invariants that are one query each: it returns what breaks them, and nothing else, as (subject, detail).
 */

interface InvariantQuery { readonly invariant: string; readonly promise: string; readonly text: string }

const STOCK_ROW_EVENT = `(event_type = 'stock.updated'
  OR event_type LIKE 'reservation.%' AND event_type <> 'reservation.rejected')`;
const TERMINAL_EVENT = `event_type IN ('reservation.confirmed', 'reservation.cancelled', 'reservation.expired')`;

const WITHIN_BOUNDS: InvariantQuery = {
  invariant: 'I1',
  promise: '0 ≤ reserved ≤ quantity',
  text: `
    SELECT format('stock %s', id) AS subject, format('quantity %s, reserved %s', quantity, reserved) AS detail
    FROM stock WHERE NOT (0 <= reserved AND reserved <= quantity)`,
};

const HOLDS_ADD_UP: InvariantQuery = {
  invariant: 'I2',
  promise: 'the PENDING reservations of a row add up to its reserved',
  text: `
    SELECT format('stock %s', coalesce(s.id, held.stock_id)) AS subject,
      format('reserved %s, PENDING %s', coalesce(s.reserved::text, '(no row)'), coalesce(held.units, 0)) AS detail
    FROM stock s
    FULL JOIN (
      SELECT stock_id, sum(quantity) AS units FROM reservations WHERE status = 'PENDING' GROUP BY stock_id
    ) held ON held.stock_id = s.id
    WHERE s.id IS NULL OR s.reserved <> coalesce(held.units, 0)`,
};

const ONE_LIFE: InvariantQuery = {
  invariant: 'I3',
  promise: 'a reservation has one created event, and one terminal event exactly if it is terminal',
  text: `
    SELECT format('reservation %s', coalesce(r.id, e.id)) AS subject,
      format('row %s, created events %s, terminal events %s', coalesce(r.status, 'missing'), coalesce(e.created, 0),
        coalesce(e.terminal, '{}')) AS detail
    FROM reservations r
    FULL JOIN (
      SELECT aggregate_id AS id, count(*) FILTER (WHERE event_type = 'reservation.created') AS created,
        coalesce(array_agg(event_type::text ORDER BY position) FILTER (WHERE ${TERMINAL_EVENT}), '{}') AS terminal
      FROM events WHERE event_type LIKE 'reservation.%' AND event_type <> 'reservation.rejected'
      GROUP BY aggregate_id
    ) e ON e.id = r.id
    WHERE r.id IS NULL OR e.id IS NULL OR e.created <> 1 OR e.terminal <>
      CASE r.status WHEN 'PENDING' THEN '{}' ELSE ARRAY['reservation.' || lower(r.status)] END`,
};

const VERSIONS_COUNT: InvariantQuery = {
  invariant: 'I4',
  promise: 'the versions of a row are 1, 2, 3 … in the order of the log',
  text: `
    SELECT DISTINCT ON (stream_id) format('stream %s', stream_id) AS subject,
      format('version %s at position %s, where %s belongs', coalesce(stream_version::text, 'null'), position, expected)
        AS detail
    FROM (
      SELECT stream_id, stream_version, position,
        row_number() OVER (PARTITION BY stream_id ORDER BY position) AS expected
      FROM events WHERE ${STOCK_ROW_EVENT}
    ) numbered
    WHERE stream_version IS DISTINCT FROM expected
    ORDER BY stream_id, position`,
};

const LAST_EVENT_IS_THE_ROW: InvariantQuery = {
  invariant: 'I5',
  promise: 'the after-state of a row\'s last event is the row',
  text: `
    SELECT format('stock %s', coalesce(s.id, e.stream_id)) AS subject,
      format('row %s, last event %s', coalesce(s.row::text, 'missing'), coalesce(e.row::text, 'missing')) AS detail
    FROM (
      SELECT id, jsonb_build_object('quantity', quantity, 'reserved', reserved, 'available', quantity - reserved,
        'version', version, 'product_id', product_id, 'store_id', store_id) AS row
      FROM stock
    ) s
    FULL JOIN (
      SELECT DISTINCT ON (stream_id) stream_id, jsonb_build_object('quantity', payload -> 'quantity',
        'reserved', payload -> 'reserved', 'available', payload -> 'available', 'version', payload -> 'version',
        'product_id', payload -> 'product_id', 'store_id', payload -> 'store_id') AS row
      FROM events WHERE stream_version IS NOT NULL AND ${STOCK_ROW_EVENT}
      ORDER BY stream_id, stream_version DESC
    ) e ON e.stream_id = s.id
    WHERE s.row IS DISTINCT FROM e.row`,
};

const NO_STORED_FAILURE: InvariantQuery = {
  invariant: 'I13',
  promise: 'a 5xx is never stored as the answer of a key',
  text: `
    SELECT format('key %s %s', operation, key) AS subject, format('the stored answer is %s', status) AS detail
    FROM idempotency_keys WHERE status >= 500`,
};

// One key may serve several operations of one principal, and only one of them may have been refused. A principal that is a
// pseudonym (it begins with a tilde) cannot be compared with who acted: there the key alone tells, and any success explains it.
const REFUSAL_HAS_NO_EFFECT: InvariantQuery = {
  invariant: 'I13',
  promise: 'what was refused changed nothing',
  text: `
    SELECT format('key %s %s', refused.operation, refused.key) AS subject,
      format('was refused, yet there is %s at position %s', e.event_type, e.position) AS detail
    FROM idempotency_keys refused
    JOIN events e ON e.metadata ->> 'idempotency_key' = refused.key
      AND (e.metadata #>> '{actor,id}' = refused.principal OR refused.principal LIKE '~%')
    WHERE refused.status >= 400 AND e.event_type <> 'reservation.rejected' AND NOT EXISTS (
      SELECT FROM idempotency_keys done
      WHERE done.key = refused.key AND done.status < 300 AND (done.principal = refused.principal OR refused.principal LIKE '~%'))`,
};

// A lapsed hold may still read PENDING for a moment; only a sale after the deadline can be seen in a snapshot.
const NOTHING_SOLD_LATE: InvariantQuery = {
  invariant: 'I15',
  promise: 'nothing is sold or given back at or after its deadline, nothing expires before it',
  text: `
    SELECT format('reservation %s', id) AS subject,
      format('%s at %s, deadline %s', status, closed_at, expires_at) AS detail
    FROM reservations WHERE status IN ('CONFIRMED', 'CANCELLED') AND closed_at >= expires_at
      OR status = 'EXPIRED' AND closed_at < expires_at`,
};

const UNITS_ADD_UP: InvariantQuery = {
  invariant: 'I14',
  promise: 'quantity = what was adjusted − what was sold',
  text: `
    SELECT format('stock %s', s.id) AS subject,
      format('quantity %s, adjusted %s, sold %s', s.quantity, coalesce(adjusted.units, 0), coalesce(sold.units, 0))
        AS detail
    FROM stock s
    LEFT JOIN (
      SELECT stream_id, sum((payload ->> 'delta')::bigint) AS units
      FROM events WHERE event_type = 'stock.updated' GROUP BY stream_id
    ) adjusted ON adjusted.stream_id = s.id
    LEFT JOIN (
      SELECT stock_id, sum(confirmed_quantity) AS units FROM reservations GROUP BY stock_id
    ) sold ON sold.stock_id = s.id
    WHERE s.quantity <> coalesce(adjusted.units, 0) - coalesce(sold.units, 0)`,
};

const TERMINAL_IS_FINAL: InvariantQuery = {
  invariant: 'I16',
  promise: 'terminal states are final',
  text: `
    SELECT format('reservation %s', later.aggregate_id) AS subject,
      format('%s at position %s, after %s at %s', later.event_type, later.position, ended.event_type, ended.position)
        AS detail
    FROM events ended
    JOIN events later ON later.stream_id = ended.stream_id AND later.aggregate_id = ended.aggregate_id
      AND later.position > ended.position AND later.event_type LIKE 'reservation.%'
    WHERE ended.${TERMINAL_EVENT}`,
};

const APPEND_ONLY: InvariantQuery = {
  invariant: 'I16',
  promise: 'the log is append-only',
  text: `
    SELECT 'events' AS subject, format('the trigger %s is %s', wanted, CASE WHEN t.tgname IS NULL THEN 'missing'
      ELSE 'disabled' END) AS detail
    FROM unnest(ARRAY['events_append_only_update', 'events_append_only_delete']) AS wanted
    LEFT JOIN pg_trigger t ON t.tgname = wanted AND t.tgrelid = 'events'::regclass
    WHERE t.tgname IS NULL OR t.tgenabled NOT IN ('O', 'A')`,
};

export const invariantQueries: readonly InvariantQuery[] = [
  WITHIN_BOUNDS, HOLDS_ADD_UP, ONE_LIFE, VERSIONS_COUNT, LAST_EVENT_IS_THE_ROW, NO_STORED_FAILURE,
  REFUSAL_HAS_NO_EFFECT, UNITS_ADD_UP, NOTHING_SOLD_LATE, TERMINAL_IS_FINAL, APPEND_ONLY,
];
