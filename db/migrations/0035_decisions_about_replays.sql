-- Up Migration

-- The console asks each few seconds what was decided about the replays that it shows. Without this it reads all that operators have ever
-- decided, about parked events and the view as well.
CREATE INDEX IF NOT EXISTS idx_operator_actions_replays ON operator_actions ((subjects[1]), at) WHERE action LIKE 'replay.%';

-- Down Migration

DROP INDEX idx_operator_actions_replays;
