-- Up Migration

-- Where a store is, what it is for, and whether it is open: by these a question about availability names the stores that it is
-- of. Each has a default that says of the stores so far what was true of them: open, in no group, at no known place.
ALTER TABLE stores
  ADD COLUMN groups text[] NOT NULL DEFAULT '{}',
  ADD COLUMN latitude double precision,
  ADD COLUMN longitude double precision,
  ADD COLUMN country varchar(2),
  ADD COLUMN time_zone varchar(64),
  ADD COLUMN priority integer NOT NULL DEFAULT 0,
  ADD COLUMN pickup boolean NOT NULL DEFAULT true,
  ADD COLUMN ships boolean NOT NULL DEFAULT true,
  ADD COLUMN status varchar(6) NOT NULL DEFAULT 'OPEN',
  ADD CONSTRAINT stores_groups_check CHECK (cardinality(groups) <= 20),
  ADD CONSTRAINT stores_place_check CHECK (
    (latitude IS NULL) = (longitude IS NULL) AND latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180),
  ADD CONSTRAINT stores_country_check CHECK (country::text ~ '^[A-Z]{2}$'),
  ADD CONSTRAINT stores_priority_check CHECK (priority BETWEEN 0 AND 1000),
  ADD CONSTRAINT stores_status_check CHECK (status::text IN ('OPEN', 'CLOSED'));

-- How often stores were changed. Each api keeps all of them in memory and compares this number every second; the row is changed
-- by the transaction that changes a store, so the number is never seen before the store that it counts.
CREATE TABLE stores_changes (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  changes bigint NOT NULL DEFAULT 0
);
INSERT INTO stores_changes DEFAULT VALUES;

-- As its owner: whoever may change a store needs no right to the number.
CREATE FUNCTION stores_count() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE format('UPDATE %I.stores_changes SET changes = changes + 1', TG_TABLE_SCHEMA);
  RETURN NULL;
END
$$;
CREATE TRIGGER stores_count AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON stores
  FOR EACH STATEMENT EXECUTE FUNCTION stores_count();

INSERT INTO role_privileges (role, relation, privilege, column_name)
SELECT 'inventory_api', 'stores', 'UPDATE', unnest('{groups,latitude,longitude,country,time_zone,priority,pickup,ships,status}'::text[])
UNION ALL SELECT 'inventory_api', 'stores_changes', 'SELECT', '';
SELECT apply_roles();

-- Down Migration

DELETE FROM role_privileges WHERE relation = 'stores_changes'
  OR (relation = 'stores' AND column_name IN ('groups', 'latitude', 'longitude', 'country', 'time_zone', 'priority', 'pickup', 'ships', 'status'));
DROP TRIGGER stores_count ON stores;
DROP FUNCTION stores_count();
DROP TABLE stores_changes;
ALTER TABLE stores
  DROP COLUMN groups, DROP COLUMN latitude, DROP COLUMN longitude, DROP COLUMN country, DROP COLUMN time_zone,
  DROP COLUMN priority, DROP COLUMN pickup, DROP COLUMN ships, DROP COLUMN status;
