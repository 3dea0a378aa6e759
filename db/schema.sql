-- Generated from db/migrations by `npm run generate`: for reading and review, and compared by a test.
-- Databases are made by `npm run migrate`.

CREATE OR REPLACE FUNCTION public.events_announce()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(
    (7::bigint << 48) | (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM events_position));
  RETURN NULL;
END
$function$;

CREATE OR REPLACE FUNCTION public.events_append_only()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  RAISE EXCEPTION 'the event log is append-only: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END
$function$;

CREATE OR REPLACE FUNCTION public.relay_parked_release()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  NEW.released_position := nextval('events_position');
  RETURN NEW;
END
$function$;

CREATE OR REPLACE FUNCTION public.revoked_tokens_count()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  EXECUTE format('UPDATE %I.revoked_tokens_changes SET changes = changes + 1', TG_TABLE_SCHEMA);
  RETURN NULL;
END
$function$;

CREATE SEQUENCE events_position AS bigint INCREMENT 1 MINVALUE 1 MAXVALUE 9223372036854775807 START 1 CACHE 1;

CREATE TABLE events (
  id uuid NOT NULL,
  event_type character varying(50) NOT NULL,
  store_id character varying(50) NOT NULL,
  aggregate_id uuid NOT NULL,
  payload jsonb NOT NULL,
  "timestamp" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  processed boolean DEFAULT false NOT NULL,
  "position" bigint DEFAULT nextval('events_position'::regclass) NOT NULL,
  stream_id uuid NOT NULL,
  stream_version bigint,
  schema_version smallint DEFAULT 1 NOT NULL,
  metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
  published_seq bigint,
  published_at timestamp with time zone,
  CONSTRAINT events_pkey PRIMARY KEY (id),
  CONSTRAINT events_position_unique UNIQUE ("position"),
  CONSTRAINT events_stream_unique UNIQUE (stream_id, stream_version),
  CONSTRAINT events_size CHECK (((octet_length((payload)::text) + octet_length((metadata)::text)) <= 262144)),
  CONSTRAINT events_store_id_check CHECK (((store_id)::text ~ '^[A-Za-z0-9][A-Za-z0-9-]{2,49}$'::text))
) WITH (autovacuum_analyze_scale_factor=0.02, autovacuum_vacuum_scale_factor=0.01);

CREATE TABLE idempotency_keys (
  principal character varying(100) NOT NULL,
  operation character varying(50) NOT NULL,
  key character varying(255) NOT NULL,
  fingerprint bytea NOT NULL,
  status smallint NOT NULL,
  headers jsonb NOT NULL,
  response bytea NOT NULL,
  created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT idempotency_keys_pkey PRIMARY KEY (principal, operation, key)
);

CREATE TABLE log_epoch (
  only_row boolean DEFAULT true NOT NULL,
  epoch integer DEFAULT 1 NOT NULL,
  raised_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  reason text DEFAULT 'created'::text NOT NULL,
  CONSTRAINT log_epoch_pkey PRIMARY KEY (only_row),
  CONSTRAINT log_epoch_epoch_check CHECK ((epoch >= 1)),
  CONSTRAINT log_epoch_only_row_check CHECK (only_row)
);

CREATE TABLE process_reports (
  process text NOT NULL,
  instance text NOT NULL,
  report jsonb NOT NULL,
  reported_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT process_reports_pkey PRIMARY KEY (process, instance)
);

CREATE TABLE products (
  id uuid NOT NULL,
  sku character varying(50) NOT NULL,
  name character varying(255) NOT NULL,
  description text,
  category character varying(100),
  price numeric(10,2) NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  archived_at timestamp with time zone,
  created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  updated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT products_pkey PRIMARY KEY (id),
  CONSTRAINT products_sku_key UNIQUE (sku),
  CONSTRAINT products_price_check CHECK ((price >= (0)::numeric))
);

CREATE TABLE relay_leader (
  only_row boolean DEFAULT true NOT NULL,
  term bigint DEFAULT 0 NOT NULL,
  pid integer,
  instance text,
  took_over_at timestamp with time zone,
  beat_at timestamp with time zone,
  CONSTRAINT relay_leader_pkey PRIMARY KEY (only_row),
  CONSTRAINT relay_leader_only_row_check CHECK (only_row)
);

CREATE TABLE relay_parked (
  event_id uuid NOT NULL,
  stream_id uuid NOT NULL,
  "position" bigint NOT NULL,
  reason text NOT NULL,
  state text DEFAULT 'parked'::text NOT NULL,
  parked_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  resolved_at timestamp with time zone,
  resolved_by text,
  released_position bigint,
  CONSTRAINT relay_parked_pkey PRIMARY KEY (event_id),
  CONSTRAINT relay_parked_state_check CHECK ((state = ANY (ARRAY['parked'::text, 'skipped'::text, 'released'::text])))
);

CREATE TABLE relay_stream (
  name text NOT NULL,
  created text NOT NULL,
  epoch integer NOT NULL,
  noted_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT relay_stream_pkey PRIMARY KEY (name)
);

CREATE TABLE replay_jobs (
  id text NOT NULL,
  specification jsonb NOT NULL,
  from_position bigint NOT NULL,
  to_position bigint NOT NULL,
  epoch integer NOT NULL,
  total bigint NOT NULL,
  state text DEFAULT 'running'::text NOT NULL,
  published bigint DEFAULT 0 NOT NULL,
  digest text,
  created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  updated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT replay_jobs_pkey PRIMARY KEY (id),
  CONSTRAINT replay_jobs_state_check CHECK ((state = ANY (ARRAY['running'::text, 'paused'::text, 'done'::text, 'cancelled'::text])))
);

CREATE TABLE reservations (
  id uuid NOT NULL,
  stock_id uuid NOT NULL,
  product_id uuid NOT NULL,
  store_id character varying(50) NOT NULL,
  customer_id character varying(100) NOT NULL,
  quantity integer NOT NULL,
  status character varying(20) NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  created_by character varying(100) NOT NULL,
  batch_id uuid,
  reference character varying(100),
  confirmed_quantity integer,
  closed_at timestamp with time zone,
  made_as character varying(20),
  sold_as character varying(20),
  CONSTRAINT reservations_pkey PRIMARY KEY (id),
  CONSTRAINT reservations_check CHECK ((((status)::text = 'PENDING'::text) = (closed_at IS NULL))),
  CONSTRAINT reservations_check1 CHECK ((((status)::text = 'CONFIRMED'::text) = (confirmed_quantity IS NOT NULL))),
  CONSTRAINT reservations_check2 CHECK (((confirmed_quantity >= 1) AND (confirmed_quantity <= quantity))),
  CONSTRAINT reservations_quantity_check CHECK ((quantity > 0)),
  CONSTRAINT reservations_status_check CHECK (((status)::text = ANY (ARRAY['PENDING'::text, 'CONFIRMED'::text, 'CANCELLED'::text, 'EXPIRED'::text])))
);

CREATE TABLE revoked_tokens (
  kind character varying(3) NOT NULL,
  value character varying(255) NOT NULL,
  revoked_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT revoked_tokens_pkey PRIMARY KEY (kind, value),
  CONSTRAINT revoked_tokens_kind_check CHECK (((kind)::text = ANY (ARRAY['jti'::text, 'sub'::text])))
);

CREATE TABLE revoked_tokens_changes (
  only_row boolean DEFAULT true NOT NULL,
  changes bigint DEFAULT 0 NOT NULL,
  CONSTRAINT revoked_tokens_changes_pkey PRIMARY KEY (only_row),
  CONSTRAINT revoked_tokens_changes_only_row_check CHECK (only_row)
);

CREATE TABLE stock (
  id uuid NOT NULL,
  product_id uuid NOT NULL,
  store_id character varying(50) NOT NULL,
  quantity integer DEFAULT 0 NOT NULL,
  reserved integer DEFAULT 0 NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  updated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT stock_pkey PRIMARY KEY (id),
  CONSTRAINT stock_product_id_store_id_key UNIQUE (product_id, store_id),
  CONSTRAINT stock_check CHECK ((reserved <= quantity)),
  CONSTRAINT stock_quantity_check CHECK ((quantity >= 0)),
  CONSTRAINT stock_quantity_check1 CHECK ((quantity <= 1000000000)),
  CONSTRAINT stock_reserved_check CHECK ((reserved >= 0))
) WITH (fillfactor=70);

CREATE TABLE stores (
  id character varying(50) NOT NULL,
  uid uuid NOT NULL,
  name character varying(255) NOT NULL,
  version integer DEFAULT 1 NOT NULL,
  created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  updated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT stores_pkey PRIMARY KEY (id),
  CONSTRAINT stores_uid_key UNIQUE (uid),
  CONSTRAINT stores_id_check CHECK ((((id)::text ~ '^[A-Za-z0-9][A-Za-z0-9-]{2,49}$'::text) AND ((id)::text <> 'GLOBAL'::text)))
);

ALTER TABLE relay_parked ADD CONSTRAINT relay_parked_event_id_fkey FOREIGN KEY (event_id) REFERENCES events(id);

ALTER TABLE reservations ADD CONSTRAINT reservations_product_id_fkey FOREIGN KEY (product_id) REFERENCES products(id);

ALTER TABLE stock ADD CONSTRAINT stock_product_id_fkey FOREIGN KEY (product_id) REFERENCES products(id);

ALTER TABLE stock ADD CONSTRAINT stock_store_id_fkey FOREIGN KEY (store_id) REFERENCES stores(id);

ALTER SEQUENCE events_position OWNED BY events."position";

CREATE INDEX idx_events_published ON public.events USING btree (published_seq) WHERE (published_seq IS NOT NULL);

CREATE INDEX idx_events_store ON public.events USING btree (store_id);

CREATE INDEX idx_events_type_timestamp ON public.events USING btree (event_type, "timestamp");

CREATE INDEX idx_events_unprocessed ON public.events USING btree ("position") WHERE (NOT processed);

CREATE INDEX idx_idempotency_keys_created ON public.idempotency_keys USING btree (created_at);

CREATE INDEX idx_relay_parked_stream ON public.relay_parked USING btree (stream_id, "position") WHERE (state = 'parked'::text);

CREATE INDEX idx_reservations_batch ON public.reservations USING btree (batch_id) WHERE (batch_id IS NOT NULL);

CREATE INDEX idx_reservations_customer ON public.reservations USING btree (customer_id, status, id);

CREATE INDEX idx_reservations_made_for ON public.reservations USING btree (created_by, id) WHERE ((created_by)::text <> (customer_id)::text);

CREATE INDEX idx_reservations_open ON public.reservations USING btree (stock_id, expires_at) WHERE (closed_at IS NULL);

CREATE INDEX idx_reservations_reference ON public.reservations USING btree (reference, id) WHERE (reference IS NOT NULL);

CREATE INDEX idx_reservations_status_expires ON public.reservations USING btree (status, expires_at);

CREATE INDEX idx_reservations_store ON public.reservations USING btree (store_id, status, id);

CREATE INDEX idx_reservations_vendor_open ON public.reservations USING btree (created_by, expires_at) WHERE ((closed_at IS NULL) AND ((made_as)::text = 'vendor'::text));

CREATE INDEX idx_revoked_tokens_revoked ON public.revoked_tokens USING btree (revoked_at);

CREATE INDEX idx_stock_product ON public.stock USING btree (product_id);

CREATE INDEX idx_stock_store_product ON public.stock USING btree (store_id, product_id);

CREATE TRIGGER events_announce BEFORE INSERT ON public.events FOR EACH STATEMENT EXECUTE FUNCTION events_announce();

CREATE TRIGGER events_append_only_delete BEFORE DELETE OR TRUNCATE ON public.events FOR EACH STATEMENT EXECUTE FUNCTION events_append_only();

CREATE TRIGGER events_append_only_update BEFORE UPDATE OF id, event_type, store_id, aggregate_id, payload, "timestamp", "position", stream_id, stream_version, schema_version, metadata ON public.events FOR EACH STATEMENT EXECUTE FUNCTION events_append_only();

CREATE TRIGGER events_marks_stay BEFORE UPDATE OF processed ON public.events FOR EACH ROW WHEN ((old.processed AND (NOT new.processed))) EXECUTE FUNCTION events_append_only();

CREATE TRIGGER relay_parked_announce BEFORE UPDATE OF state ON public.relay_parked FOR EACH STATEMENT EXECUTE FUNCTION events_announce();

CREATE TRIGGER relay_parked_release BEFORE UPDATE OF state ON public.relay_parked FOR EACH ROW WHEN (((old.state = 'parked'::text) AND (new.state <> 'parked'::text))) EXECUTE FUNCTION relay_parked_release();

CREATE TRIGGER revoked_tokens_count AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.revoked_tokens FOR EACH STATEMENT EXECUTE FUNCTION revoked_tokens_count();
