-- Up Migration

-- Each index is an entry for every event. These answered no query any more: the log is read by position, by id or by stream, whatever
-- the filter (decision 0082). They go while writers wait, which takes milliseconds. That of holds has a migration of its own (0024).
DROP INDEX idx_events_store;
DROP INDEX idx_events_type_timestamp;

-- Down Migration

CREATE INDEX idx_events_type_timestamp ON events (event_type, timestamp);
CREATE INDEX idx_events_store ON events (store_id);
