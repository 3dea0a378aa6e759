-- Up Migration

-- In which versions events may be written: one row each, for good. A process that does not read all of them does not start,
-- and an api adds a row only when all that run can read it (db/formats/formats.ts).
CREATE TABLE log_formats (
  type text NOT NULL,
  version smallint NOT NULL CHECK (version >= 1),
  allowed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  allowed_by text NOT NULL,
  PRIMARY KEY (type, version)
);

INSERT INTO log_formats (type, version, allowed_by)
SELECT type, 1, 'the first release with this list' FROM unnest(ARRAY[
  'stock.updated', 'reservation.created', 'reservation.confirmed', 'reservation.cancelled', 'reservation.expired',
  'reservation.extended', 'reservation.rejected', 'product.created', 'product.updated', 'product.archived', 'store.created',
  'store.updated']) AS type;

CREATE FUNCTION log_formats_one_way() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  RAISE EXCEPTION 'a format that was allowed stays allowed, because events may have it: % refused', TG_OP
    USING ERRCODE = 'restrict_violation';
END
$$;
-- TRUNCATE is the owner's alone, who restores a dump's rows in the place of those that a migration wrote.
CREATE TRIGGER log_formats_one_way BEFORE UPDATE OR DELETE ON log_formats
  FOR EACH STATEMENT EXECUTE FUNCTION log_formats_one_way();

INSERT INTO role_privileges (role, relation, privilege)
VALUES ('inventory_api', 'log_formats', 'SELECT'), ('inventory_api', 'log_formats', 'INSERT'),
  ('inventory_relay', 'log_formats', 'SELECT'), ('inventory_projector', 'log_formats', 'SELECT'),
  ('inventory_reader', 'log_formats', 'SELECT');
SELECT apply_roles();

-- Down Migration

-- The release before this one reads version 1 of what was there, and knows no list that would tell it of more.
DO $$
DECLARE
  newer text := (SELECT string_agg(format('%s %s', type, version), ', ' ORDER BY type, version) FROM log_formats
    WHERE allowed_by <> 'the first release with this list');
BEGIN
  IF newer IS NOT NULL THEN
    RAISE EXCEPTION 'the log may hold what the release before this one cannot read: %', newer USING ERRCODE = 'restrict_violation';
  END IF;
END
$$;
DELETE FROM role_privileges WHERE relation = 'log_formats';
DROP TABLE log_formats;
DROP FUNCTION log_formats_one_way();
