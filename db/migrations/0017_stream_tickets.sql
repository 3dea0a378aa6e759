-- Up Migration

-- What a browser's EventSource shows in place of a token, which it cannot send: for one question about the live feed, to be used
-- first within a minute, and again until the token's end. Only a hash is kept, so that nobody can use what he reads here.
CREATE TABLE stream_tickets (
  hash bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
  actor jsonb NOT NULL,
  jti text,
  question text NOT NULL,
  expires_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  used_at timestamptz
);
CREATE INDEX idx_stream_tickets_expires ON stream_tickets (expires_at);

INSERT INTO role_privileges (role, relation, privilege, column_name)
VALUES ('inventory_api', 'stream_tickets', 'SELECT', ''), ('inventory_api', 'stream_tickets', 'INSERT', ''),
  ('inventory_api', 'stream_tickets', 'DELETE', ''), ('inventory_api', 'stream_tickets', 'UPDATE', 'used_at');
SELECT apply_roles();

-- Down Migration

DELETE FROM role_privileges WHERE relation = 'stream_tickets';
DROP TABLE stream_tickets;
