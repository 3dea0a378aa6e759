-- Up Migration

-- Lapsed holds are looked for among the open ones, so an index on those is enough, and closing a hold leaves no entry in it.
-- Only the sweeper says both conditions, so no list of holds and no commit takes it for its own (decision 0019). 0014 once had this
-- beside its change of events: a commit that holds the one table waited for the other, and the migration for the commit, until it gave up.
-- The strongest lock first: a commit that has read the table would wait for the index, and the dropping of the other for the commit.
LOCK TABLE reservations;
CREATE INDEX IF NOT EXISTS idx_reservations_expires ON reservations (expires_at) WHERE status = 'PENDING' AND closed_at IS NULL;
DROP INDEX IF EXISTS idx_reservations_status_expires;

-- Down Migration

CREATE INDEX idx_reservations_status_expires ON reservations (status, expires_at);
DROP INDEX idx_reservations_expires;
