-- Generated from db/migrations by `npm run generate`: for reading and review, and compared by a test.
-- Databases are made by `npm run migrate`.

CREATE OR REPLACE FUNCTION public.apply_roles()
 RETURNS boolean
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
DECLARE
  groups CONSTANT text[] := '{inventory_owner,inventory_api,inventory_relay,inventory_projector,inventory_reader}';
  lacking text[] := ARRAY(SELECT name FROM unnest(groups) AS name WHERE to_regrole(name) IS NULL);
  item text;
BEGIN
  FOREACH item IN ARRAY lacking LOOP
    BEGIN
      EXECUTE format('CREATE ROLE %I', item);
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
      NULL; -- Roles are the whole server's: another database of it was first.
    END;
  END LOOP;
  IF NOT pg_has_role('inventory_owner', 'USAGE') THEN
    EXECUTE format('GRANT inventory_owner TO %I', current_user);
  END IF;
  IF NOT has_schema_privilege('inventory_owner', 'public', 'CREATE') THEN
    GRANT USAGE, CREATE ON SCHEMA public TO inventory_owner;
  END IF;
  -- Gathered before the first is run: a table cannot be handed over while it is being read.
  FOREACH item IN ARRAY ARRAY(
    SELECT format('ALTER TABLE %I OWNER TO inventory_owner', relname) FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relowner <> 'inventory_owner'::regrole
      AND relname IN (SELECT relation FROM role_privileges)
    UNION ALL
    SELECT format('ALTER FUNCTION %s OWNER TO inventory_owner', p.oid::regprocedure) FROM pg_proc p
    WHERE pronamespace = 'public'::regnamespace AND proowner <> 'inventory_owner'::regrole
      AND (p.oid IN ('apply_roles()'::regprocedure, 'role_statements()'::regprocedure) OR p.oid IN (
        SELECT tgfoid FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid WHERE c.relname IN (SELECT relation FROM role_privileges)))
    UNION ALL
    SELECT role_statements()
  ) LOOP
    EXECUTE item;
  END LOOP;
  RETURN true;
EXCEPTION WHEN insufficient_privilege THEN
  RAISE WARNING 'who may do what was not set (%): until it is, each process may all that its login may', SQLERRM
    USING HINT = 'Have a login that may make roles run: '
      || coalesce((SELECT string_agg(format('CREATE ROLE %I; ', name), '') FROM unnest(lacking) AS name), '')
      || format('GRANT inventory_owner TO %I; GRANT USAGE, CREATE ON SCHEMA public TO inventory_owner; ', current_user)
      || 'and then migrate again.';
  RETURN false;
END
$function$;

CREATE OR REPLACE FUNCTION public.events_announce()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public'
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
 SET search_path TO 'pg_catalog', 'public'
AS $function$
BEGIN
  IF TG_OP = 'UPDATE' AND current_setting('inventory.converting', true) = 'on' THEN RETURN NULL; END IF;
  RAISE EXCEPTION 'the event log is append-only: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END
$function$;

CREATE OR REPLACE FUNCTION public.events_convert_only()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public'
AS $function$
DECLARE
  of_customer CONSTANT text[] := '{customer_id,customer_ref,created_by}';
  of_cause CONSTANT text[] := '{actor,request_id,idempotency_key}';
BEGIN
  IF (NEW.id, NEW.position, NEW.event_type, NEW.store_id, NEW.aggregate_id, NEW.timestamp, NEW.stream_id, NEW.payload - of_customer, NEW.metadata - of_cause)
    IS DISTINCT FROM
    (OLD.id, OLD.position, OLD.event_type, OLD.store_id, OLD.aggregate_id, OLD.timestamp, OLD.stream_id, OLD.payload - of_customer, OLD.metadata - of_cause)
    OR NEW.stream_version IS DISTINCT FROM OLD.stream_version OR NEW.metadata #> '{actor,role}' IS DISTINCT FROM OLD.metadata #> '{actor,role}'
    OR OLD.event_type NOT LIKE 'reservation.%' OR OLD.schema_version <> 1 OR NEW.schema_version <> 2
    OR NEW.payload ? 'customer_id' OR NOT NEW.payload ? 'customer_ref' THEN
    RAISE EXCEPTION 'the event log is append-only: only refs may take the place of ids' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END
$function$;

CREATE OR REPLACE FUNCTION public.log_formats_one_way()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public'
AS $function$
BEGIN
  RAISE EXCEPTION 'a format that was allowed stays allowed, because events may have it: % refused', TG_OP
    USING ERRCODE = 'restrict_violation';
END
$function$;

CREATE OR REPLACE FUNCTION public.log_note_server()
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public'
AS $function$
DECLARE
  here text := current_setting('inventory.server', true);
  noted_server text;
  noted_epoch integer;
BEGIN
  IF coalesce(here, '') IN ('', 'off') THEN RETURN; END IF;
  SELECT server, epoch INTO STRICT noted_server, noted_epoch FROM log_epoch FOR UPDATE;
  IF noted_server IS NULL THEN
    UPDATE log_epoch SET server = here;
  ELSIF noted_server <> here THEN
    INSERT INTO log_forks (epoch, server, newest_position)
    VALUES (noted_epoch, here, coalesce((SELECT max(position) FROM events), 0)) ON CONFLICT DO NOTHING;
  END IF;
END $function$;

CREATE OR REPLACE FUNCTION public.products_codes()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  EXECUTE format('DELETE FROM %I.product_codes WHERE product_id = $1', TG_TABLE_SCHEMA) USING NEW.id;
  EXECUTE format('INSERT INTO %I.product_codes (value, product_id, units)
    SELECT CASE WHEN code ->> ''value'' ~ ''^([0-9]{8}|[0-9]{12,14})$'' THEN lpad(code ->> ''value'', 14, ''0'') ELSE code ->> ''value'' END,
      $1, (code ->> ''units'')::integer
    FROM jsonb_array_elements($2) AS code', TG_TABLE_SCHEMA) USING NEW.id, NEW.identifiers;
  RETURN NULL;
END
$function$;

CREATE OR REPLACE FUNCTION public.relay_parked_release()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'public'
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

CREATE OR REPLACE FUNCTION public.role_statements()
 RETURNS SETOF text
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'public', 'pg_temp'
AS $function$
BEGIN
  RETURN QUERY WITH groups AS (
    SELECT oid, rolname::text AS role FROM pg_roles
    WHERE rolname IN ('inventory_api', 'inventory_relay', 'inventory_projector', 'inventory_reader')
  ), wanted AS (
    SELECT role, relation, privilege, column_name FROM role_privileges
  ), found AS (
    SELECT role, relname::text AS relation, privilege_type AS privilege, '' AS column_name
    FROM pg_class CROSS JOIN aclexplode(relacl) JOIN groups ON groups.oid = grantee
    WHERE relnamespace = 'public'::regnamespace
    UNION
    SELECT role, relname::text, privilege_type, attname::text
    FROM pg_attribute CROSS JOIN aclexplode(attacl) JOIN groups ON groups.oid = grantee
    JOIN pg_class ON pg_class.oid = attrelid
    WHERE relnamespace = 'public'::regnamespace AND NOT attisdropped
  )
  SELECT format('REVOKE %s%s ON %I FROM %I', privilege, ' (' || quote_ident(nullif(column_name, '')) || ')', relation, role)
  FROM (SELECT * FROM found EXCEPT SELECT * FROM wanted) AS too_much
  UNION ALL
  SELECT format('GRANT %s%s ON %I TO %I', privilege, ' (' || quote_ident(nullif(column_name, '')) || ')', relation, role)
  FROM (SELECT * FROM wanted EXCEPT SELECT * FROM found) AS lacking;
END
$function$;

CREATE OR REPLACE FUNCTION public.stores_count()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  EXECUTE format('UPDATE %I.stores_changes SET changes = changes + 1', TG_TABLE_SCHEMA);
  RETURN NULL;
END
$function$;

CREATE SEQUENCE events_position AS bigint INCREMENT 1 MINVALUE 1 MAXVALUE 9223372036854775807 START 1 CACHE 1;

CREATE TABLE customer_conversions (
  id uuid NOT NULL,
  up_to bigint NOT NULL,
  digest_before text NOT NULL,
  began_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  converted bigint DEFAULT 0 NOT NULL,
  digest_after text,
  ended_at timestamp with time zone,
  CONSTRAINT customer_conversions_pkey PRIMARY KEY (id),
  CONSTRAINT customer_conversions_check CHECK (((digest_after IS NULL) = (ended_at IS NULL)))
);

CREATE TABLE customers (
  ref uuid NOT NULL,
  external_id character varying(100),
  created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  erased_at timestamp with time zone,
  CONSTRAINT customers_pkey PRIMARY KEY (ref),
  CONSTRAINT customers_external_id_key UNIQUE (external_id),
  CONSTRAINT customers_check CHECK (((external_id IS NULL) = (erased_at IS NOT NULL)))
);

CREATE TABLE erasures (
  id uuid NOT NULL,
  customer_ref uuid NOT NULL,
  erased_at timestamp with time zone NOT NULL,
  erased_by text NOT NULL,
  holds_released integer NOT NULL,
  references_removed integer NOT NULL,
  CONSTRAINT erasures_pkey PRIMARY KEY (id),
  CONSTRAINT erasures_customer_ref_key UNIQUE (customer_ref),
  CONSTRAINT erasures_erased_by_check CHECK (((length(erased_by) >= 1) AND (length(erased_by) <= 300))),
  CONSTRAINT erasures_holds_released_check CHECK ((holds_released >= 0)),
  CONSTRAINT erasures_references_removed_check CHECK ((references_removed >= 0))
);

CREATE TABLE events (
  id uuid NOT NULL,
  event_type character varying(50) NOT NULL,
  store_id character varying(50) NOT NULL,
  aggregate_id uuid NOT NULL,
  payload jsonb NOT NULL,
  "timestamp" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  "position" bigint DEFAULT nextval('events_position'::regclass) NOT NULL,
  stream_id uuid NOT NULL,
  stream_version bigint,
  schema_version smallint DEFAULT 1 NOT NULL,
  metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
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
  server text,
  log_id uuid DEFAULT gen_random_uuid() NOT NULL,
  CONSTRAINT log_epoch_pkey PRIMARY KEY (only_row),
  CONSTRAINT log_epoch_epoch_check CHECK ((epoch >= 1)),
  CONSTRAINT log_epoch_only_row_check CHECK (only_row)
);

CREATE TABLE log_forks (
  epoch integer NOT NULL,
  server text NOT NULL,
  newest_position bigint NOT NULL,
  noted_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  accepted_epoch integer,
  CONSTRAINT log_forks_pkey PRIMARY KEY (epoch, server),
  CONSTRAINT log_forks_accepted_epoch_key UNIQUE (accepted_epoch)
);

CREATE TABLE log_formats (
  type text NOT NULL,
  version smallint NOT NULL,
  allowed_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  allowed_by text NOT NULL,
  CONSTRAINT log_formats_pkey PRIMARY KEY (type, version),
  CONSTRAINT log_formats_version_check CHECK ((version >= 1))
);

CREATE TABLE operator_actions (
  id uuid DEFAULT gen_random_uuid() NOT NULL,
  at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  actor text NOT NULL,
  via text NOT NULL,
  action text NOT NULL,
  subjects text[] NOT NULL,
  note text,
  CONSTRAINT operator_actions_pkey PRIMARY KEY (id),
  CONSTRAINT operator_actions_action_check CHECK (((length(action) >= 1) AND (length(action) <= 50))),
  CONSTRAINT operator_actions_actor_check CHECK (((length(actor) >= 1) AND (length(actor) <= 300))),
  CONSTRAINT operator_actions_note_check CHECK ((length(note) <= 500)),
  CONSTRAINT operator_actions_subjects_check CHECK ((cardinality(subjects) > 0)),
  CONSTRAINT operator_actions_via_check CHECK ((via = ANY (ARRAY['api'::text, 'command'::text])))
);

CREATE TABLE process_report_history (
  process text NOT NULL,
  instance text NOT NULL,
  reported_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  report jsonb NOT NULL,
  CONSTRAINT process_report_history_pkey PRIMARY KEY (process, instance, reported_at)
);

CREATE TABLE process_reports (
  process text NOT NULL,
  instance text NOT NULL,
  report jsonb NOT NULL,
  reported_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT process_reports_pkey PRIMARY KEY (process, instance)
);

CREATE TABLE product_codes (
  value character varying(50) NOT NULL,
  product_id uuid NOT NULL,
  units integer NOT NULL,
  CONSTRAINT product_codes_pkey PRIMARY KEY (value),
  CONSTRAINT product_codes_units_check CHECK (((units >= 1) AND (units <= 10000)))
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
  identifiers jsonb DEFAULT '[]'::jsonb NOT NULL,
  unit character varying(5) DEFAULT 'PIECE'::character varying NOT NULL,
  display_exponent smallint DEFAULT 0 NOT NULL,
  CONSTRAINT products_pkey PRIMARY KEY (id),
  CONSTRAINT products_sku_key UNIQUE (sku),
  CONSTRAINT products_display_exponent_check CHECK (((display_exponent >= 0) AND (display_exponent <= 3))),
  CONSTRAINT products_identifiers_check CHECK (((jsonb_typeof(identifiers) = 'array'::text) AND (jsonb_array_length(identifiers) <= 20))),
  CONSTRAINT products_price_check CHECK ((price >= (0)::numeric)),
  CONSTRAINT products_unit_check CHECK (((unit)::text = ANY (ARRAY['PIECE'::text, 'G'::text, 'ML'::text, 'MM'::text, 'CM2'::text])))
);

CREATE TABLE published_runs (
  stream text NOT NULL,
  first_position bigint NOT NULL,
  last_position bigint NOT NULL,
  first_sequence bigint NOT NULL,
  count integer NOT NULL,
  repair boolean DEFAULT false NOT NULL,
  term bigint NOT NULL,
  first_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  last_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT published_runs_pkey PRIMARY KEY (stream, last_position),
  CONSTRAINT published_runs_stream_first_sequence_key UNIQUE (stream, first_sequence),
  CONSTRAINT published_runs_check CHECK ((first_position <= last_position)),
  CONSTRAINT published_runs_count_check CHECK ((count > 0))
);

CREATE TABLE relay_leader (
  only_row boolean DEFAULT true NOT NULL,
  term bigint DEFAULT 0 NOT NULL,
  backend_pid integer,
  instance text,
  took_over_at timestamp with time zone,
  beat_at timestamp with time zone,
  CONSTRAINT relay_leader_pkey PRIMARY KEY (only_row),
  CONSTRAINT relay_leader_only_row_check CHECK (only_row)
);

CREATE TABLE relay_left_behind (
  "position" bigint NOT NULL,
  stream_id uuid NOT NULL,
  why text NOT NULL,
  listed_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT relay_left_behind_pkey PRIMARY KEY ("position"),
  CONSTRAINT relay_left_behind_why_check CHECK ((why = ANY (ARRAY['parked'::text, 'waiting'::text, 'skipped'::text, 'missing'::text])))
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
  from_position bigint DEFAULT 1 NOT NULL,
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
  requested_by text,
  note text,
  detail text,
  runs integer DEFAULT 0 NOT NULL,
  CONSTRAINT replay_jobs_pkey PRIMARY KEY (id),
  CONSTRAINT replay_jobs_note_check CHECK ((length(note) <= 500)),
  CONSTRAINT replay_jobs_requested_by_check CHECK (((length(requested_by) >= 1) AND (length(requested_by) <= 300))),
  CONSTRAINT replay_jobs_state_check CHECK ((state = ANY (ARRAY['requested'::text, 'running'::text, 'paused'::text, 'done'::text, 'cancelling'::text, 'cancelled'::text])))
);

CREATE TABLE reservations (
  id uuid NOT NULL,
  stock_id uuid NOT NULL,
  product_id uuid NOT NULL,
  store_id character varying(50) NOT NULL,
  customer_id character varying(100),
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
  customer_ref uuid,
  returned_quantity integer DEFAULT 0 NOT NULL,
  CONSTRAINT reservations_pkey PRIMARY KEY (id),
  CONSTRAINT reservations_check CHECK ((((status)::text = 'PENDING'::text) = (closed_at IS NULL))),
  CONSTRAINT reservations_check1 CHECK ((((status)::text = 'CONFIRMED'::text) = (confirmed_quantity IS NOT NULL))),
  CONSTRAINT reservations_check2 CHECK (((confirmed_quantity >= 1) AND (confirmed_quantity <= quantity))),
  CONSTRAINT reservations_quantity_check CHECK ((quantity > 0)),
  CONSTRAINT reservations_returned_check CHECK (((returned_quantity >= 0) AND (returned_quantity <= COALESCE(confirmed_quantity, 0)))),
  CONSTRAINT reservations_status_check CHECK (((status)::text = ANY (ARRAY['PENDING'::text, 'CONFIRMED'::text, 'CANCELLED'::text, 'EXPIRED'::text])))
);

CREATE TABLE revoked_tokens (
  kind character varying(3) NOT NULL,
  value character varying(255) NOT NULL,
  revoked_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  issued_until timestamp with time zone,
  CONSTRAINT revoked_tokens_pkey PRIMARY KEY (kind, value),
  CONSTRAINT revoked_tokens_kind_check CHECK (((kind)::text = ANY (ARRAY['jti'::text, 'sub'::text])))
);

CREATE TABLE revoked_tokens_changes (
  only_row boolean DEFAULT true NOT NULL,
  changes bigint DEFAULT 0 NOT NULL,
  CONSTRAINT revoked_tokens_changes_pkey PRIMARY KEY (only_row),
  CONSTRAINT revoked_tokens_changes_only_row_check CHECK (only_row)
);

CREATE TABLE role_privileges (
  role text NOT NULL,
  relation text NOT NULL,
  privilege text NOT NULL,
  column_name text DEFAULT ''::text NOT NULL,
  CONSTRAINT role_privileges_pkey PRIMARY KEY (role, relation, privilege, column_name),
  CONSTRAINT role_privileges_privilege_check CHECK ((privilege = ANY (ARRAY['SELECT'::text, 'INSERT'::text, 'UPDATE'::text, 'DELETE'::text, 'USAGE'::text]))),
  CONSTRAINT role_privileges_role_check CHECK ((role = ANY (ARRAY['inventory_api'::text, 'inventory_relay'::text, 'inventory_projector'::text, 'inventory_reader'::text])))
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
  groups text[] DEFAULT '{}'::text[] NOT NULL,
  latitude double precision,
  longitude double precision,
  country character varying(2),
  time_zone character varying(64),
  priority integer DEFAULT 0 NOT NULL,
  pickup boolean DEFAULT true NOT NULL,
  ships boolean DEFAULT true NOT NULL,
  status character varying(6) DEFAULT 'OPEN'::character varying NOT NULL,
  CONSTRAINT stores_pkey PRIMARY KEY (id),
  CONSTRAINT stores_uid_key UNIQUE (uid),
  CONSTRAINT stores_country_check CHECK (((country)::text ~ '^[A-Z]{2}$'::text)),
  CONSTRAINT stores_groups_check CHECK ((cardinality(groups) <= 20)),
  CONSTRAINT stores_id_check CHECK ((((id)::text ~ '^[A-Za-z0-9][A-Za-z0-9-]{2,49}$'::text) AND ((id)::text <> 'GLOBAL'::text))),
  CONSTRAINT stores_place_check CHECK ((((latitude IS NULL) = (longitude IS NULL)) AND ((latitude >= ('-90'::integer)::double precision) AND (latitude <= (90)::double precision)) AND ((longitude >= ('-180'::integer)::double precision) AND (longitude <= (180)::double precision)))),
  CONSTRAINT stores_priority_check CHECK (((priority >= 0) AND (priority <= 1000))),
  CONSTRAINT stores_status_check CHECK (((status)::text = ANY (ARRAY['OPEN'::text, 'CLOSED'::text])))
);

CREATE TABLE stores_changes (
  only_row boolean DEFAULT true NOT NULL,
  changes bigint DEFAULT 0 NOT NULL,
  CONSTRAINT stores_changes_pkey PRIMARY KEY (only_row),
  CONSTRAINT stores_changes_only_row_check CHECK (only_row)
);

CREATE TABLE stream_tickets (
  hash bytea NOT NULL,
  actor jsonb NOT NULL,
  jti text,
  question text NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  used_at timestamp with time zone,
  CONSTRAINT stream_tickets_pkey PRIMARY KEY (hash),
  CONSTRAINT stream_tickets_hash_check CHECK ((octet_length(hash) = 32))
);

CREATE TABLE view_jobs (
  id uuid DEFAULT gen_random_uuid() NOT NULL,
  kind text NOT NULL,
  deep boolean DEFAULT false NOT NULL,
  state text DEFAULT 'requested'::text NOT NULL,
  runs integer DEFAULT 0 NOT NULL,
  requested_by text NOT NULL,
  note text,
  created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  updated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  instance text,
  products bigint DEFAULT 0 NOT NULL,
  total bigint,
  result jsonb,
  detail text,
  CONSTRAINT view_jobs_pkey PRIMARY KEY (id),
  CONSTRAINT view_jobs_kind_check CHECK ((kind = ANY (ARRAY['verify'::text, 'rebuild'::text]))),
  CONSTRAINT view_jobs_note_check CHECK ((length(note) <= 500)),
  CONSTRAINT view_jobs_requested_by_check CHECK (((length(requested_by) >= 1) AND (length(requested_by) <= 300))),
  CONSTRAINT view_jobs_state_check CHECK ((state = ANY (ARRAY['requested'::text, 'running'::text, 'done'::text, 'failed'::text])))
);

ALTER TABLE product_codes ADD CONSTRAINT product_codes_product_id_fkey FOREIGN KEY (product_id) REFERENCES products(id);

ALTER TABLE reservations ADD CONSTRAINT reservations_product_id_fkey FOREIGN KEY (product_id) REFERENCES products(id);

ALTER TABLE stock ADD CONSTRAINT stock_product_id_fkey FOREIGN KEY (product_id) REFERENCES products(id);

ALTER TABLE stock ADD CONSTRAINT stock_store_id_fkey FOREIGN KEY (store_id) REFERENCES stores(id);

ALTER SEQUENCE events_position OWNED BY events."position";

CREATE INDEX idx_erasures_erased_at ON public.erasures USING btree (erased_at, id);

CREATE INDEX idx_events_with_names ON public.events USING btree ("position") WHERE ((schema_version = 1) AND ((event_type)::text ~~ 'reservation.%'::text));

CREATE INDEX idx_idempotency_keys_created ON public.idempotency_keys USING btree (created_at);

CREATE INDEX idx_operator_actions_at ON public.operator_actions USING btree (at);

CREATE INDEX idx_operator_actions_replays ON public.operator_actions USING btree ((subjects[1]), at) WHERE (action ~~ 'replay.%'::text);

CREATE INDEX process_report_history_age ON public.process_report_history USING btree (reported_at);

CREATE INDEX idx_product_codes_product ON public.product_codes USING btree (product_id);

CREATE INDEX idx_products_category ON public.products USING btree (category, id) WHERE ((archived_at IS NULL) AND (version >= 1));

CREATE INDEX idx_products_category_name ON public.products USING btree (category, name, id) WHERE ((archived_at IS NULL) AND (version >= 1));

CREATE INDEX idx_products_category_price ON public.products USING btree (category, price, id) WHERE ((archived_at IS NULL) AND (version >= 1));

CREATE INDEX idx_products_name ON public.products USING btree (name, id) WHERE ((archived_at IS NULL) AND (version >= 1));

CREATE INDEX idx_products_price ON public.products USING btree (price, id) WHERE ((archived_at IS NULL) AND (version >= 1));

CREATE INDEX idx_products_words ON public.products USING gin (to_tsvector('simple'::regconfig, translate((((name)::text || ' '::text) || (sku)::text), '-_./,;:+#&()'::text, '            '::text))) WHERE ((archived_at IS NULL) AND (version >= 1));

CREATE INDEX idx_relay_left_behind_why ON public.relay_left_behind USING btree (why);

CREATE INDEX idx_relay_parked_released ON public.relay_parked USING btree (released_position) WHERE (released_position IS NOT NULL);

CREATE INDEX idx_relay_parked_stream ON public.relay_parked USING btree (stream_id, "position") WHERE (state = 'parked'::text);

CREATE INDEX idx_reservations_batch ON public.reservations USING btree (batch_id) WHERE (batch_id IS NOT NULL);

CREATE INDEX idx_reservations_customer ON public.reservations USING btree (customer_id, status, id);

CREATE INDEX idx_reservations_customer_ref ON public.reservations USING btree (customer_ref, status, id) WHERE (customer_id IS NULL);

CREATE INDEX idx_reservations_expires ON public.reservations USING btree (expires_at) WHERE (((status)::text = 'PENDING'::text) AND (closed_at IS NULL));

CREATE INDEX idx_reservations_made_for ON public.reservations USING btree (created_by, id) WHERE ((created_by)::text <> (customer_id)::text);

CREATE INDEX idx_reservations_made_for_ref ON public.reservations USING btree (created_by, id) WHERE ((customer_id IS NULL) AND ((created_by)::text <> (customer_ref)::text));

CREATE INDEX idx_reservations_open ON public.reservations USING btree (stock_id, expires_at) WHERE (closed_at IS NULL);

CREATE INDEX idx_reservations_reference ON public.reservations USING btree (reference, id) WHERE (reference IS NOT NULL);

CREATE INDEX idx_reservations_store ON public.reservations USING btree (store_id, status, id);

CREATE INDEX idx_reservations_vendor_open ON public.reservations USING btree (created_by, expires_at) WHERE ((closed_at IS NULL) AND ((made_as)::text = 'vendor'::text));

CREATE INDEX idx_revoked_tokens_revoked ON public.revoked_tokens USING btree (revoked_at);

CREATE INDEX idx_stock_product ON public.stock USING btree (product_id);

CREATE INDEX idx_stock_store_product ON public.stock USING btree (store_id, product_id);

CREATE INDEX idx_stream_tickets_expires ON public.stream_tickets USING btree (expires_at);

CREATE INDEX idx_view_jobs_created ON public.view_jobs USING btree (created_at);

CREATE UNIQUE INDEX idx_view_jobs_open ON public.view_jobs USING btree (kind) WHERE (state = ANY (ARRAY['requested'::text, 'running'::text]));

CREATE TRIGGER events_announce BEFORE INSERT ON public.events FOR EACH STATEMENT EXECUTE FUNCTION events_announce();

CREATE TRIGGER events_append_only_delete BEFORE DELETE OR TRUNCATE ON public.events FOR EACH STATEMENT EXECUTE FUNCTION events_append_only();

CREATE TRIGGER events_append_only_update BEFORE UPDATE ON public.events FOR EACH STATEMENT EXECUTE FUNCTION events_append_only();

CREATE TRIGGER events_convert_only BEFORE UPDATE ON public.events FOR EACH ROW EXECUTE FUNCTION events_convert_only();

CREATE TRIGGER log_formats_one_way BEFORE DELETE OR UPDATE ON public.log_formats FOR EACH STATEMENT EXECUTE FUNCTION log_formats_one_way();

CREATE TRIGGER products_codes_of_changed AFTER UPDATE OF identifiers ON public.products FOR EACH ROW WHEN ((new.identifiers <> old.identifiers)) EXECUTE FUNCTION products_codes();

CREATE TRIGGER products_codes_of_new AFTER INSERT ON public.products FOR EACH ROW WHEN ((new.identifiers <> '[]'::jsonb)) EXECUTE FUNCTION products_codes();

CREATE TRIGGER relay_parked_announce BEFORE UPDATE OF state ON public.relay_parked FOR EACH STATEMENT EXECUTE FUNCTION events_announce();

CREATE TRIGGER relay_parked_release BEFORE UPDATE OF state ON public.relay_parked FOR EACH ROW WHEN (((old.state = 'parked'::text) AND (new.state <> 'parked'::text))) EXECUTE FUNCTION relay_parked_release();

CREATE TRIGGER revoked_tokens_count AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.revoked_tokens FOR EACH STATEMENT EXECUTE FUNCTION revoked_tokens_count();

CREATE TRIGGER stores_count AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.stores FOR EACH STATEMENT EXECUTE FUNCTION stores_count();

CREATE OR REPLACE FUNCTION public.events_frontier()
 RETURNS bigint
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'public'
AS $function$
  SELECT greatest(0,
    (SELECT last_position FROM published_runs
     WHERE stream = (SELECT created FROM relay_stream WHERE name = 'INVENTORY') ORDER BY last_position DESC LIMIT 1),
    (SELECT last_position FROM published_runs WHERE stream = '' ORDER BY last_position DESC LIMIT 1),
    (SELECT from_position - 1 FROM relay_stream WHERE name = 'INVENTORY'))
$function$;

CREATE OR REPLACE FUNCTION public.processed(e events)
 RETURNS boolean
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'public'
AS $function$
  SELECT e.position <= events_frontier()
    AND NOT EXISTS (SELECT FROM relay_left_behind l WHERE l.position = e.position)
$function$;

CREATE OR REPLACE FUNCTION public.published_seq(e events)
 RETURNS bigint
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'public'
AS $function$
  SELECT r.first_sequence + (SELECT count(*) FROM events b WHERE b.position >= r.first_position AND b.position < e.position)
  FROM (
    SELECT first_sequence, first_position FROM published_runs
    WHERE stream = (SELECT created FROM relay_stream WHERE name = 'INVENTORY') AND last_position >= e.position
    ORDER BY last_position LIMIT 1
  ) r WHERE r.first_position <= e.position
$function$;

CREATE VIEW events_unpublished AS
 SELECT e.id,
    e.event_type,
    e.store_id,
    e.aggregate_id,
    e.payload,
    e."timestamp",
    e."position",
    e.stream_id,
    e.stream_version,
    e.schema_version,
    e.metadata,
    NULL::text AS why
   FROM events e
  WHERE ((e."position" > ( SELECT events_frontier() AS events_frontier)) AND (NOT (EXISTS ( SELECT
           FROM relay_left_behind l
          WHERE (l."position" = e."position")))))
UNION ALL
 SELECT e.id,
    e.event_type,
    e.store_id,
    e.aggregate_id,
    e.payload,
    e."timestamp",
    e."position",
    e.stream_id,
    e.stream_version,
    e.schema_version,
    e.metadata,
    l.why
   FROM (relay_left_behind l
     JOIN events e ON ((e."position" = l."position")));

GRANT SELECT ON customer_conversions TO inventory_reader;

GRANT UPDATE (erased_at, external_id) ON customers TO inventory_api;

GRANT INSERT, SELECT ON customers TO inventory_api;

GRANT SELECT (erased_at, ref), UPDATE (erased_at, external_id) ON customers TO inventory_relay;

GRANT INSERT, SELECT ON erasures TO inventory_api;

GRANT SELECT ON erasures TO inventory_reader;

GRANT INSERT, SELECT ON erasures TO inventory_relay;

GRANT INSERT (aggregate_id, event_type, id, metadata, payload, schema_version, store_id, stream_id, stream_version, "timestamp") ON events TO inventory_api;

GRANT SELECT ON events TO inventory_api;

GRANT SELECT ON events TO inventory_projector;

GRANT SELECT ON events TO inventory_reader;

GRANT SELECT ON events TO inventory_relay;

GRANT SELECT, USAGE ON events_position TO inventory_api;

GRANT SELECT ON events_position TO inventory_projector;

GRANT SELECT ON events_position TO inventory_reader;

GRANT SELECT, USAGE ON events_position TO inventory_relay;

GRANT SELECT ON events_unpublished TO inventory_api;

GRANT SELECT ON events_unpublished TO inventory_reader;

GRANT SELECT ON events_unpublished TO inventory_relay;

GRANT UPDATE (created_at) ON idempotency_keys TO inventory_api;

GRANT DELETE, INSERT, SELECT ON idempotency_keys TO inventory_api;

GRANT SELECT (created_at, operation, principal, status) ON idempotency_keys TO inventory_reader;

GRANT SELECT (principal, response) ON idempotency_keys TO inventory_relay;

GRANT DELETE ON idempotency_keys TO inventory_relay;

GRANT SELECT ON log_epoch TO inventory_api;

GRANT SELECT ON log_epoch TO inventory_projector;

GRANT SELECT ON log_epoch TO inventory_reader;

GRANT UPDATE (epoch, raised_at, reason, server) ON log_epoch TO inventory_relay;

GRANT SELECT ON log_epoch TO inventory_relay;

GRANT SELECT ON log_forks TO inventory_api;

GRANT SELECT ON log_forks TO inventory_reader;

GRANT UPDATE (accepted_epoch) ON log_forks TO inventory_relay;

GRANT SELECT ON log_forks TO inventory_relay;

GRANT INSERT, SELECT ON log_formats TO inventory_api;

GRANT SELECT ON log_formats TO inventory_projector;

GRANT SELECT ON log_formats TO inventory_reader;

GRANT SELECT ON log_formats TO inventory_relay;

GRANT INSERT, SELECT ON operator_actions TO inventory_api;

GRANT SELECT ON operator_actions TO inventory_reader;

GRANT INSERT, SELECT ON operator_actions TO inventory_relay;

GRANT DELETE, INSERT, SELECT ON process_report_history TO inventory_api;

GRANT DELETE, INSERT, SELECT ON process_report_history TO inventory_projector;

GRANT SELECT ON process_report_history TO inventory_reader;

GRANT DELETE, INSERT, SELECT ON process_report_history TO inventory_relay;

GRANT DELETE, INSERT, SELECT, UPDATE ON process_reports TO inventory_api;

GRANT DELETE, INSERT, SELECT, UPDATE ON process_reports TO inventory_projector;

GRANT SELECT ON process_reports TO inventory_reader;

GRANT DELETE, INSERT, SELECT, UPDATE ON process_reports TO inventory_relay;

GRANT SELECT ON product_codes TO inventory_api;

GRANT UPDATE (archived_at, category, description, display_exponent, identifiers, name, price, sku, unit, updated_at, version) ON products TO inventory_api;

GRANT INSERT, SELECT ON products TO inventory_api;

GRANT SELECT ON products TO inventory_projector;

GRANT SELECT ON products TO inventory_reader;

GRANT SELECT ON published_runs TO inventory_api;

GRANT SELECT ON published_runs TO inventory_projector;

GRANT SELECT ON published_runs TO inventory_reader;

GRANT UPDATE (count, last_at, last_position) ON published_runs TO inventory_relay;

GRANT DELETE, INSERT, SELECT ON published_runs TO inventory_relay;

GRANT SELECT ON relay_leader TO inventory_reader;

GRANT UPDATE (backend_pid, beat_at, instance, term, took_over_at) ON relay_leader TO inventory_relay;

GRANT SELECT ON relay_leader TO inventory_relay;

GRANT SELECT ON relay_left_behind TO inventory_api;

GRANT SELECT ON relay_left_behind TO inventory_reader;

GRANT UPDATE (why) ON relay_left_behind TO inventory_relay;

GRANT DELETE, INSERT, SELECT ON relay_left_behind TO inventory_relay;

GRANT UPDATE (resolved_at, resolved_by, state) ON relay_parked TO inventory_api;

GRANT SELECT ON relay_parked TO inventory_api;

GRANT SELECT (released_position) ON relay_parked TO inventory_projector;

GRANT SELECT ON relay_parked TO inventory_reader;

GRANT UPDATE (parked_at, reason, resolved_at, resolved_by, state) ON relay_parked TO inventory_relay;

GRANT INSERT, SELECT ON relay_parked TO inventory_relay;

GRANT SELECT ON relay_stream TO inventory_api;

GRANT SELECT ON relay_stream TO inventory_projector;

GRANT SELECT ON relay_stream TO inventory_reader;

GRANT UPDATE (created, epoch, from_position, noted_at) ON relay_stream TO inventory_relay;

GRANT INSERT, SELECT ON relay_stream TO inventory_relay;

GRANT UPDATE (detail, state, updated_at) ON replay_jobs TO inventory_api;

GRANT INSERT, SELECT ON replay_jobs TO inventory_api;

GRANT SELECT ON replay_jobs TO inventory_reader;

GRANT UPDATE (detail, digest, published, runs, state, updated_at) ON replay_jobs TO inventory_relay;

GRANT INSERT, SELECT ON replay_jobs TO inventory_relay;

GRANT UPDATE (closed_at, confirmed_quantity, expires_at, reference, returned_quantity, sold_as, status) ON reservations TO inventory_api;

GRANT INSERT, SELECT ON reservations TO inventory_api;

GRANT SELECT ON reservations TO inventory_reader;

GRANT SELECT (customer_ref, reference), UPDATE (reference) ON reservations TO inventory_relay;

GRANT UPDATE (issued_until, revoked_at) ON revoked_tokens TO inventory_api;

GRANT DELETE, INSERT, SELECT ON revoked_tokens TO inventory_api;

GRANT SELECT ON revoked_tokens_changes TO inventory_api;

GRANT SELECT ON role_privileges TO inventory_api;

GRANT SELECT ON role_privileges TO inventory_projector;

GRANT SELECT ON role_privileges TO inventory_reader;

GRANT SELECT ON role_privileges TO inventory_relay;

GRANT UPDATE (quantity, reserved, updated_at, version) ON stock TO inventory_api;

GRANT INSERT, SELECT ON stock TO inventory_api;

GRANT SELECT ON stock TO inventory_projector;

GRANT SELECT ON stock TO inventory_reader;

GRANT UPDATE (country, groups, latitude, longitude, name, pickup, priority, ships, status, time_zone, updated_at, version) ON stores TO inventory_api;

GRANT INSERT, SELECT ON stores TO inventory_api;

GRANT SELECT ON stores TO inventory_projector;

GRANT SELECT ON stores TO inventory_reader;

GRANT SELECT ON stores_changes TO inventory_api;

GRANT UPDATE (used_at) ON stream_tickets TO inventory_api;

GRANT DELETE, INSERT, SELECT ON stream_tickets TO inventory_api;

GRANT INSERT, SELECT ON view_jobs TO inventory_api;

GRANT UPDATE (detail, instance, products, result, runs, state, total, updated_at) ON view_jobs TO inventory_projector;

GRANT SELECT ON view_jobs TO inventory_projector;

GRANT SELECT ON view_jobs TO inventory_reader;
