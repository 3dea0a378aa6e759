-- Up Migration

-- What people have decided about events that cannot be published: who, when, by a command or through the API, why, and about which
-- events. A row is written by the statement that carries the decision out, and stays.
CREATE TABLE operator_actions (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  actor text NOT NULL CHECK (length(actor) BETWEEN 1 AND 300),
  via text NOT NULL CHECK (via IN ('api', 'command')),
  action text NOT NULL CHECK (length(action) BETWEEN 1 AND 50),
  subjects text[] NOT NULL CHECK (cardinality(subjects) > 0),
  note text CHECK (length(note) <= 500)
);
CREATE INDEX idx_operator_actions_at ON operator_actions (at);

INSERT INTO role_privileges (role, relation, privilege, column_name) VALUES
  ('inventory_api', 'operator_actions', 'SELECT', ''), ('inventory_api', 'operator_actions', 'INSERT', ''),
  ('inventory_relay', 'operator_actions', 'SELECT', ''), ('inventory_relay', 'operator_actions', 'INSERT', ''),
  ('inventory_reader', 'operator_actions', 'SELECT', ''),
  -- The api lists parked events, and carries out what an admin decides about them.
  ('inventory_api', 'relay_parked', 'SELECT', ''), ('inventory_api', 'relay_parked', 'UPDATE', 'state'),
  ('inventory_api', 'relay_parked', 'UPDATE', 'resolved_at'), ('inventory_api', 'relay_parked', 'UPDATE', 'resolved_by'),
  -- What waits behind them, for which the frontier of publishing is asked.
  ('inventory_api', 'events_unpublished', 'SELECT', ''), ('inventory_api', 'relay_left_behind', 'SELECT', ''),
  ('inventory_api', 'published_runs', 'SELECT', ''), ('inventory_api', 'relay_stream', 'SELECT', '');
DELETE FROM role_privileges WHERE role = 'inventory_api' AND relation = 'relay_parked' AND column_name = 'released_position';
SELECT apply_roles();

-- Down Migration

DELETE FROM role_privileges WHERE relation = 'operator_actions'
  OR (role = 'inventory_api' AND relation IN ('relay_parked', 'events_unpublished', 'relay_left_behind', 'published_runs', 'relay_stream'));
INSERT INTO role_privileges (role, relation, privilege, column_name) VALUES ('inventory_api', 'relay_parked', 'SELECT', 'released_position');
SELECT apply_roles();
DROP TABLE operator_actions;
