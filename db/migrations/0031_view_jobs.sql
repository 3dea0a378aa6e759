-- Up Migration

-- What admins ask of the projectors through the api: to compare the whole view with the log, or to build it anew. One of each kind at a
-- time. A projector takes it up and writes down how far it is; `runs` fences off one that was frozen meanwhile, as for replays.
CREATE TABLE view_jobs (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  kind text NOT NULL CHECK (kind IN ('verify', 'rebuild')),
  deep boolean NOT NULL DEFAULT false,
  state text NOT NULL DEFAULT 'requested' CHECK (state IN ('requested', 'running', 'done', 'failed')),
  runs integer NOT NULL DEFAULT 0,
  requested_by text NOT NULL CHECK (length(requested_by) BETWEEN 1 AND 300),
  note text CHECK (length(note) <= 500),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  instance text,
  products bigint NOT NULL DEFAULT 0,
  total bigint,
  result jsonb,
  detail text
);
CREATE UNIQUE INDEX idx_view_jobs_open ON view_jobs (kind) WHERE state IN ('requested', 'running');
CREATE INDEX idx_view_jobs_created ON view_jobs (created_at);

INSERT INTO role_privileges (role, relation, privilege, column_name) VALUES
  ('inventory_api', 'view_jobs', 'SELECT', ''), ('inventory_api', 'view_jobs', 'INSERT', ''),
  ('inventory_projector', 'view_jobs', 'SELECT', ''), ('inventory_projector', 'view_jobs', 'UPDATE', 'state'),
  ('inventory_projector', 'view_jobs', 'UPDATE', 'runs'), ('inventory_projector', 'view_jobs', 'UPDATE', 'updated_at'),
  ('inventory_projector', 'view_jobs', 'UPDATE', 'instance'), ('inventory_projector', 'view_jobs', 'UPDATE', 'products'),
  ('inventory_projector', 'view_jobs', 'UPDATE', 'total'), ('inventory_projector', 'view_jobs', 'UPDATE', 'result'),
  ('inventory_projector', 'view_jobs', 'UPDATE', 'detail'), ('inventory_reader', 'view_jobs', 'SELECT', '');
SELECT apply_roles();

-- Down Migration

DELETE FROM role_privileges WHERE relation = 'view_jobs';
SELECT apply_roles();
DROP TABLE view_jobs;
