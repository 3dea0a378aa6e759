-- Up Migration

-- A replay may be asked for through the api, which never talks to NATS: it is REQUESTED, and the relay that leads carries it out. One
-- that is to be cancelled is CANCELLING until that relay has deleted its stream. `detail` says why one is paused.
ALTER TABLE replay_jobs DROP CONSTRAINT replay_jobs_state_check;
ALTER TABLE replay_jobs ADD CONSTRAINT replay_jobs_state_check
  CHECK (state IN ('requested', 'running', 'paused', 'done', 'cancelling', 'cancelled'));
ALTER TABLE replay_jobs ADD COLUMN requested_by text CHECK (length(requested_by) BETWEEN 1 AND 300),
  ADD COLUMN note text CHECK (length(note) <= 500), ADD COLUMN detail text;

INSERT INTO role_privileges (role, relation, privilege, column_name) VALUES
  ('inventory_api', 'replay_jobs', 'SELECT', ''), ('inventory_api', 'replay_jobs', 'INSERT', ''),
  ('inventory_api', 'replay_jobs', 'UPDATE', 'state'), ('inventory_api', 'replay_jobs', 'UPDATE', 'updated_at'),
  ('inventory_api', 'replay_jobs', 'UPDATE', 'detail'), ('inventory_relay', 'replay_jobs', 'UPDATE', 'detail');
SELECT apply_roles();

-- Down Migration

DELETE FROM role_privileges WHERE relation = 'replay_jobs' AND (role = 'inventory_api' OR column_name = 'detail');
SELECT apply_roles();
UPDATE replay_jobs SET state = 'paused' WHERE state = 'requested';
UPDATE replay_jobs SET state = 'cancelled' WHERE state = 'cancelling';
ALTER TABLE replay_jobs DROP CONSTRAINT replay_jobs_state_check;
ALTER TABLE replay_jobs ADD CONSTRAINT replay_jobs_state_check CHECK (state IN ('running', 'paused', 'done', 'cancelled'));
ALTER TABLE replay_jobs DROP COLUMN requested_by, DROP COLUMN note, DROP COLUMN detail;
