-- Up Migration

-- Who a customer is: his id, as the caller gave it, and the ref that stands for him everywhere else. An erased customer keeps
-- his ref, and nobody can tell any more whose it was.
CREATE TABLE customers (
  ref uuid PRIMARY KEY,
  external_id varchar(100) UNIQUE,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  erased_at timestamptz,
  CHECK ((external_id IS NULL) = (erased_at IS NOT NULL))
);

-- NULL in holds that an older release made. No foreign key: it would look up a customer for each new hold once more.
ALTER TABLE reservations ADD COLUMN customer_ref uuid;

INSERT INTO role_privileges (role, relation, privilege)
VALUES ('inventory_api', 'customers', 'SELECT'), ('inventory_api', 'customers', 'INSERT');
SELECT apply_roles();

-- Down Migration

DELETE FROM role_privileges WHERE relation = 'customers';
ALTER TABLE reservations DROP COLUMN customer_ref;
DROP TABLE customers;
