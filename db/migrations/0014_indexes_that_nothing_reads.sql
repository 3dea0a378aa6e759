-- Up Migration

-- Each index is an entry for every event or hold. These answered no query any more: the log is read by position, by id or by stream,
-- whatever the filter (decision 0082). They go while writers wait, which takes milliseconds.
DROP INDEX idx_events_store;
DROP INDEX idx_events_type_timestamp;

-- Lapsed holds are looked for among the open ones, so an index on those is enough, and closing a hold leaves no entry in it.
-- Only the sweeper says both conditions, so no list of holds and no commit takes it for its own (decision 0019).
CREATE INDEX idx_reservations_expires ON reservations (expires_at) WHERE status = 'PENDING' AND closed_at IS NULL;
DROP INDEX idx_reservations_status_expires;

-- Down Migration

CREATE INDEX idx_reservations_status_expires ON reservations (status, expires_at);
DROP INDEX idx_reservations_expires;
CREATE INDEX idx_events_type_timestamp ON events (event_type, timestamp);
CREATE INDEX idx_events_store ON events (store_id);
