-- Up Migration

-- After a restore a relay takes away, for customers who are forgotten again, also the references of their holds and the answers that are
-- stored under their names. Both bear refs; the events that it reads have had the references in them from the beginning.
INSERT INTO role_privileges (role, relation, privilege, column_name) VALUES
  ('inventory_relay', 'reservations', 'SELECT', 'customer_ref'), ('inventory_relay', 'reservations', 'SELECT', 'reference'),
  ('inventory_relay', 'reservations', 'UPDATE', 'reference'),
  ('inventory_relay', 'idempotency_keys', 'SELECT', 'principal'), ('inventory_relay', 'idempotency_keys', 'SELECT', 'response'),
  ('inventory_relay', 'idempotency_keys', 'DELETE', '');
SELECT apply_roles();

-- Down Migration

DELETE FROM role_privileges WHERE role = 'inventory_relay' AND relation IN ('reservations', 'idempotency_keys');
SELECT apply_roles();
