-- Up Migration

-- Tokens that are refused although they are valid: one by its jti, or all of a user by sub, until the row is deleted.
CREATE TABLE revoked_tokens (
  kind varchar(3) NOT NULL CHECK (kind::text IN ('jti', 'sub')),
  value varchar(255) NOT NULL,
  revoked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (kind, value)
);
CREATE INDEX idx_revoked_tokens_revoked ON revoked_tokens (revoked_at);

-- Down Migration

DROP TABLE revoked_tokens;
