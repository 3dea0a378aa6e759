-- Up Migration

-- Once every decision about a parked event lies behind the frontier, and nothing that is listed is due, the relay fetches as if
-- there had never been one. It asks that with each fetch, so it must not read what was decided years ago.
CREATE INDEX IF NOT EXISTS idx_relay_parked_released ON relay_parked (released_position) WHERE released_position IS NOT NULL;
CREATE INDEX IF NOT EXISTS idx_relay_left_behind_why ON relay_left_behind (why);

-- Down Migration

DROP INDEX IF EXISTS idx_relay_left_behind_why;
DROP INDEX idx_relay_parked_released;
