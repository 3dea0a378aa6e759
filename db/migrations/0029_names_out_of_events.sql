-- Up Migration

-- Events that older releases wrote with the ids of customers. In a log that began with refs there are none: the index is empty, and costs
-- nothing. It tells whether somebody can be forgotten, and which events are to be converted.
CREATE INDEX IF NOT EXISTS idx_events_with_names ON events (position) WHERE schema_version = 1 AND event_type LIKE 'reservation.%';

-- The one change of the log that there is (`npm run customers -- convert`): the owner, in a transaction that says so, puts refs in the place of
-- ids. Whatever else an UPDATE would change, it is refused.
CREATE OR REPLACE FUNCTION events_append_only() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND current_setting('inventory.converting', true) = 'on' THEN RETURN NULL; END IF;
  RAISE EXCEPTION 'the event log is append-only: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END
$$;
CREATE FUNCTION events_convert_only() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
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
$$;
CREATE TRIGGER events_convert_only BEFORE UPDATE ON events FOR EACH ROW EXECUTE FUNCTION events_convert_only();

-- What conversions did: the digests are over everything but what names customers, up to the position at which the conversion began.
CREATE TABLE customer_conversions (
  id uuid PRIMARY KEY,
  up_to bigint NOT NULL,
  digest_before text NOT NULL,
  began_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  converted bigint NOT NULL DEFAULT 0,
  digest_after text,
  ended_at timestamptz,
  CHECK ((digest_after IS NULL) = (ended_at IS NULL))
);
INSERT INTO role_privileges (role, relation, privilege) VALUES ('inventory_reader', 'customer_conversions', 'SELECT');
SELECT apply_roles();

-- Down Migration

DELETE FROM role_privileges WHERE relation = 'customer_conversions';
SELECT apply_roles();
DROP TABLE customer_conversions;
DROP TRIGGER events_convert_only ON events;
DROP FUNCTION events_convert_only();
CREATE OR REPLACE FUNCTION events_append_only() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  RAISE EXCEPTION 'the event log is append-only: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END
$$;
DROP INDEX idx_events_with_names;
