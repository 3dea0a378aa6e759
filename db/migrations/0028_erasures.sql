-- Up Migration

-- Customers who were forgotten: one row for each request, with the ref and without the id. It is what a restored backup has to be told
-- (`npm run erasures -- export`).
CREATE TABLE erasures (
  id uuid PRIMARY KEY,
  customer_ref uuid NOT NULL UNIQUE,
  erased_at timestamptz NOT NULL,
  erased_by text NOT NULL CHECK (length(erased_by) BETWEEN 1 AND 300),
  holds_released int NOT NULL CHECK (holds_released >= 0),
  -- Holds and sales that have lost their reference.
  references_removed int NOT NULL CHECK (references_removed >= 0)
);
CREATE INDEX idx_erasures_erased_at ON erasures (erased_at, id);

-- NULL: all tokens of the user, also later ones. A time: those that were issued until then.
ALTER TABLE revoked_tokens ADD COLUMN issued_until timestamptz;

-- In a new log the type may be written at once: nobody runs who does not know it (0020 did the same).
INSERT INTO log_formats (type, version, allowed_by)
SELECT 'customer.erased', 1, 'a new log'
WHERE NOT EXISTS (SELECT FROM events)
  AND NOT EXISTS (SELECT FROM process_reports WHERE reported_at > clock_timestamp() - interval '10 seconds');

INSERT INTO role_privileges (role, relation, privilege, column_name) VALUES
  ('inventory_api', 'erasures', 'SELECT', ''), ('inventory_api', 'erasures', 'INSERT', ''),
  ('inventory_api', 'customers', 'UPDATE', 'external_id'), ('inventory_api', 'customers', 'UPDATE', 'erased_at'),
  ('inventory_api', 'reservations', 'UPDATE', 'reference'), ('inventory_api', 'revoked_tokens', 'UPDATE', 'issued_until'),
  ('inventory_reader', 'erasures', 'SELECT', ''),
  -- A relay forgets again whom a restored backup still knows. It never reads an id.
  ('inventory_relay', 'erasures', 'SELECT', ''), ('inventory_relay', 'erasures', 'INSERT', ''),
  ('inventory_relay', 'customers', 'SELECT', 'ref'), ('inventory_relay', 'customers', 'SELECT', 'erased_at'),
  ('inventory_relay', 'customers', 'UPDATE', 'external_id'), ('inventory_relay', 'customers', 'UPDATE', 'erased_at');
SELECT apply_roles();

-- Down Migration

-- The release before this one does not know the type, and would take a token's end for that of all tokens.
DO $$
BEGIN
  IF EXISTS (SELECT FROM erasures)
    OR EXISTS (SELECT FROM log_formats WHERE type = 'customer.erased' AND allowed_by <> 'a new log') THEN
    RAISE EXCEPTION 'the log may hold what the release before this one cannot read: customer.erased' USING ERRCODE = 'restrict_violation';
  END IF;
END
$$;
ALTER TABLE log_formats DISABLE TRIGGER log_formats_one_way;
DELETE FROM log_formats WHERE type = 'customer.erased';
ALTER TABLE log_formats ENABLE TRIGGER log_formats_one_way;
DELETE FROM role_privileges WHERE relation = 'erasures' OR (relation = 'customers' AND (role = 'inventory_relay' OR privilege = 'UPDATE'))
  OR (role = 'inventory_api' AND relation = 'reservations' AND column_name = 'reference')
  OR (role = 'inventory_api' AND relation = 'revoked_tokens' AND column_name = 'issued_until');
SELECT apply_roles();
ALTER TABLE revoked_tokens DROP COLUMN issued_until;
DROP TABLE erasures;
