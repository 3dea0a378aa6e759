-- Up Migration

-- The life of the log. It is raised when a log has gone back in time (a restored backup), and is part of every cursor
-- and of the view's keys, so that nothing from before can be mistaken for something after.
CREATE TABLE log_epoch (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  epoch integer NOT NULL DEFAULT 1 CHECK (epoch >= 1),
  raised_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  reason text NOT NULL DEFAULT 'created'
);
INSERT INTO log_epoch DEFAULT VALUES;

CREATE TABLE products (
  id uuid PRIMARY KEY,
  sku varchar(50) UNIQUE NOT NULL,
  name varchar(255) NOT NULL,
  description text,
  category varchar(100),
  price decimal(10, 2) NOT NULL CHECK (price >= 0),
  version integer NOT NULL DEFAULT 1,
  archived_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE stores (
  -- A token of a NATS subject and a part of a Redis key, so nothing else may pass.
  id varchar(50) PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9][A-Za-z0-9-]{2,49}$' AND id <> 'GLOBAL'),
  uid uuid UNIQUE NOT NULL,
  name varchar(255) NOT NULL,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE stock (
  id uuid PRIMARY KEY,
  product_id uuid NOT NULL REFERENCES products (id),
  store_id varchar(50) NOT NULL REFERENCES stores (id),
  quantity integer NOT NULL DEFAULT 0,
  reserved integer NOT NULL DEFAULT 0,
  version integer NOT NULL DEFAULT 1,
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (product_id, store_id),
  CHECK (reserved >= 0),
  CHECK (quantity >= 0),
  CHECK (reserved <= quantity),
  CHECK (quantity <= 1000000000)
) WITH (fillfactor = 70); -- room on each page, so that updates of quantity stay HOT
CREATE INDEX idx_stock_store_product ON stock (store_id, product_id);
CREATE INDEX idx_stock_product ON stock (product_id);

CREATE TABLE reservations (
  id uuid PRIMARY KEY,
  -- The row whose lock guards this hold. It never changes, so a command that knows only the reservation finds its lock.
  stock_id uuid NOT NULL,
  product_id uuid NOT NULL REFERENCES products (id),
  store_id varchar(50) NOT NULL,
  customer_id varchar(100) NOT NULL,
  quantity integer NOT NULL,
  status varchar(20) NOT NULL CHECK (status::text IN ('PENDING', 'CONFIRMED', 'CANCELLED', 'EXPIRED')),
  expires_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  created_by varchar(100) NOT NULL,
  batch_id uuid,
  reference varchar(100),
  confirmed_quantity integer,
  closed_at timestamptz,
  CHECK (quantity > 0),
  CHECK ((status = 'PENDING') = (closed_at IS NULL)),
  CHECK ((status = 'CONFIRMED') = (confirmed_quantity IS NOT NULL)),
  CHECK (confirmed_quantity BETWEEN 1 AND quantity)
);
CREATE INDEX idx_reservations_store ON reservations (store_id);
CREATE INDEX idx_reservations_status_expires ON reservations (status, expires_at);
-- What a decision asks under the lock: the open holds of this row that have lapsed.
CREATE INDEX idx_reservations_open ON reservations (stock_id, expires_at) WHERE status = 'PENDING';

-- CACHE 1: a position is drawn under the row's lock, so one row's events ascend in the order of their commits.
CREATE SEQUENCE events_position AS bigint CACHE 1;

CREATE TABLE events (
  id uuid PRIMARY KEY,
  event_type varchar(50) NOT NULL,
  store_id varchar(50) NOT NULL CHECK (store_id ~ '^[A-Za-z0-9][A-Za-z0-9-]{2,49}$'),
  aggregate_id uuid NOT NULL,
  payload jsonb NOT NULL,
  timestamp timestamptz NOT NULL DEFAULT clock_timestamp(),
  processed boolean NOT NULL DEFAULT false,
  position bigint NOT NULL DEFAULT nextval('events_position'),
  stream_id uuid NOT NULL,
  -- Null for reservation.rejected alone, which changes nothing.
  stream_version bigint,
  schema_version smallint NOT NULL DEFAULT 1,
  metadata jsonb NOT NULL DEFAULT '{}',
  published_seq bigint,
  published_at timestamptz,
  CONSTRAINT events_position_unique UNIQUE (position),
  CONSTRAINT events_stream_unique UNIQUE (stream_id, stream_version),
  -- What JetStream takes in one message, with room to spare (its default limit is 1 MiB, headers included).
  CONSTRAINT events_size CHECK (octet_length(payload::text) + octet_length(metadata::text) <= 262144)
) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.02);
ALTER SEQUENCE events_position OWNED BY events.position;
CREATE INDEX idx_events_type_timestamp ON events (event_type, timestamp);
CREATE INDEX idx_events_store ON events (store_id);
-- The seed's index on the marker, keyed by what the relay orders by.
CREATE INDEX idx_events_unprocessed ON events (position) WHERE NOT processed;
-- What the relay asks when a stream has lost its tail: which events did it have behind sequence n?
CREATE INDEX idx_events_published ON events (published_seq) WHERE published_seq IS NOT NULL;

-- A writer announces itself before it draws its first position, with the lowest that it can draw: readers that want a
-- gap-free prefix (db/events.ts, settledPosition) stop before the smallest announcement still held.
CREATE FUNCTION events_announce() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(
    (7::bigint << 48) | (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM events_position));
  RETURN NULL;
END
$$;
CREATE TRIGGER events_announce BEFORE INSERT ON events FOR EACH STATEMENT EXECUTE FUNCTION events_announce();

CREATE FUNCTION events_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the event log is append-only: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER events_append_only_update
  BEFORE UPDATE OF id, event_type, store_id, aggregate_id, payload, timestamp, position, stream_id, stream_version,
    schema_version, metadata ON events
  FOR EACH STATEMENT EXECUTE FUNCTION events_append_only();
CREATE TRIGGER events_append_only_delete
  BEFORE DELETE OR TRUNCATE ON events FOR EACH STATEMENT EXECUTE FUNCTION events_append_only();

CREATE TABLE idempotency_keys (
  principal varchar(100) NOT NULL,
  operation varchar(50) NOT NULL,
  key varchar(255) NOT NULL,
  fingerprint bytea NOT NULL,
  status smallint NOT NULL,
  headers jsonb NOT NULL,
  -- Bytes, because jsonb would reorder them: a replay is equal to the letter.
  response bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (principal, operation, key)
);
CREATE INDEX idx_idempotency_keys_created ON idempotency_keys (created_at);

-- Who leads: the fencing token of every mark, and the heartbeat by which a frozen leader is known.
CREATE TABLE relay_leader (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  term bigint NOT NULL DEFAULT 0,
  pid integer,
  instance text,
  took_over_at timestamptz,
  beat_at timestamptz
);
INSERT INTO relay_leader DEFAULT VALUES;

-- The stream that this log is published to: one with another creation date is not ours.
CREATE TABLE relay_stream (
  name text PRIMARY KEY,
  created text NOT NULL,
  epoch integer NOT NULL,
  noted_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE relay_parked (
  event_id uuid PRIMARY KEY REFERENCES events (id),
  stream_id uuid NOT NULL,
  position bigint NOT NULL,
  reason text NOT NULL,
  state text NOT NULL DEFAULT 'parked' CHECK (state IN ('parked', 'skipped')),
  parked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  resolved_at timestamptz,
  resolved_by text
);
CREATE INDEX idx_relay_parked_stream ON relay_parked (stream_id, position) WHERE state = 'parked';

CREATE TABLE replay_jobs (
  id text PRIMARY KEY,
  specification jsonb NOT NULL,
  from_position bigint NOT NULL,
  to_position bigint NOT NULL,
  epoch integer NOT NULL,
  total bigint NOT NULL,
  state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'paused', 'done', 'cancelled')),
  published bigint NOT NULL DEFAULT 0,
  digest text,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- What relay and projector say about themselves, for those that talk to neither.
CREATE TABLE process_reports (
  process text NOT NULL,
  instance text NOT NULL,
  report jsonb NOT NULL,
  reported_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (process, instance)
);

-- Down Migration

DROP TABLE process_reports, replay_jobs, relay_parked, relay_stream, relay_leader, idempotency_keys, events,
  reservations, stock, stores, products, log_epoch;
DROP FUNCTION events_announce(), events_append_only();
