-- Up Migration

-- The log becomes immutable: what the relay has published stands beside it, in runs, in place of three columns of each event
-- (docs/decisions/0068). No relay may lead meanwhile. The lock is the leader's (db/locks.ts), until the commit.
DO $$
BEGIN
  IF NOT pg_try_advisory_xact_lock((8::bigint << 48) | 1) THEN
    RAISE EXCEPTION 'a relay leads: stop all relays, then migrate; the api and the projector go on'
      USING ERRCODE = 'object_in_use';
  END IF;
END $$;

-- A relay of the release before fails when it takes over, before it parks or publishes anything.
ALTER TABLE relay_leader RENAME COLUMN pid TO backend_pid;

-- Where this stream begins in the log: what is older was published to a stream before it.
ALTER TABLE relay_stream ADD COLUMN from_position bigint NOT NULL DEFAULT 1;

-- Each of the `count` events with first_position <= position <= last_position is in the stream that was made at `stream`:
-- the n-th of them, n from 0, at first_sequence + n. Runs of one stream overlap neither in positions nor in sequences. Those
-- of the stream '' were published to one that nobody knows any more.
CREATE TABLE published_runs (
  stream text NOT NULL,
  first_position bigint NOT NULL,
  last_position bigint NOT NULL,
  first_sequence bigint NOT NULL,
  count integer NOT NULL CHECK (count > 0),
  -- Published again behind the end of the stream, with the header Repair.
  repair boolean NOT NULL DEFAULT false,
  term bigint NOT NULL,
  first_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (stream, last_position),
  UNIQUE (stream, first_sequence),
  CHECK (first_position <= last_position)
);

-- What the relay has passed over: listed, and on disk, before anything behind it is sent.
CREATE TABLE relay_left_behind (
  position bigint PRIMARY KEY,
  stream_id uuid NOT NULL,
  why text NOT NULL CHECK (why IN ('parked', 'waiting', 'skipped', 'missing')),
  listed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The frontier: the end of the newest run of the stream that the log is published to. All events up to it are published, or listed.
CREATE FUNCTION events_frontier() RETURNS bigint LANGUAGE sql STABLE SET search_path = pg_catalog, public AS $$
  SELECT greatest(0,
    (SELECT last_position FROM published_runs
     WHERE stream = (SELECT created FROM relay_stream WHERE name = 'INVENTORY') ORDER BY last_position DESC LIMIT 1),
    (SELECT last_position FROM published_runs WHERE stream = '' ORDER BY last_position DESC LIMIT 1),
    (SELECT from_position - 1 FROM relay_stream WHERE name = 'INVENTORY'))
$$;

INSERT INTO published_runs (stream, first_position, last_position, first_sequence, count, term, first_at, last_at)
WITH placed AS (
  SELECT position, published_seq AS sequence, published_at AS at,
    (published_seq IS DISTINCT FROM lag(published_seq) OVER (ORDER BY position) + 1)::int AS begins
  FROM events
), islands AS (
  SELECT *, sum(begins) OVER (ORDER BY position) AS island FROM placed
), cut AS (
  SELECT *, (row_number() OVER (PARTITION BY island ORDER BY position) - 1) / 8192 AS part FROM islands WHERE sequence IS NOT NULL
)
SELECT s.created, min(position), max(position), min(sequence), count(*), l.term,
  coalesce(min(at), clock_timestamp()), coalesce(max(at), clock_timestamp())
FROM cut CROSS JOIN relay_leader l JOIN relay_stream s ON s.name = 'INVENTORY'
GROUP BY s.created, l.term, island, part;

-- Behind what is younger in the log stands what was repaired, and what a decision has freed.
UPDATE published_runs r SET repair = true
FROM (
  SELECT first_sequence, first_position < max(last_position) OVER (
    ORDER BY first_sequence ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS late FROM published_runs
) runs
WHERE runs.late AND r.first_sequence = runs.first_sequence AND NOT EXISTS (
  SELECT FROM events e JOIN relay_parked p ON p.stream_id = e.stream_id AND p.released_position > e.position
  WHERE e.position = r.first_position);

-- Marked, and no message of a stream that is known: from before the oldest that is.
INSERT INTO published_runs (stream, first_position, last_position, first_sequence, count, term)
SELECT '', min(position), max(position), 1, count(*), 0 FROM events
WHERE processed AND published_seq IS NULL
  AND position < coalesce((SELECT min(first_position) FROM published_runs), 9223372036854775807)
HAVING count(*) > 0;

INSERT INTO relay_left_behind (position, stream_id, why)
SELECT e.position, e.stream_id, CASE
  WHEN p.state = 'skipped' THEN 'skipped'
  WHEN p.state = 'parked' THEN 'parked'
  WHEN NOT e.processed AND EXISTS (SELECT FROM relay_parked q WHERE q.stream_id = e.stream_id AND q.position <= e.position
    AND (q.state = 'parked' OR q.released_position > e.position)) THEN 'waiting'
  ELSE 'missing' END
FROM events e LEFT JOIN relay_parked p ON p.event_id = e.id
WHERE e.position <= (SELECT events_frontier()) AND (NOT e.processed
  -- A repair was killed before it had put this back.
  OR (e.published_seq IS NULL AND e.timestamp > clock_timestamp() - interval '7 days'
    AND e.position > coalesce((SELECT last_position FROM published_runs WHERE stream = ''), 0)));

-- From here on readers and writers of the log wait until the commit. The marks' indexes go with their columns.
ALTER TABLE relay_parked DROP CONSTRAINT relay_parked_event_id_fkey;
DROP TRIGGER events_marks_stay ON events;
DROP TRIGGER events_append_only_update ON events;
ALTER TABLE events DROP COLUMN processed, DROP COLUMN published_seq, DROP COLUMN published_at;
CREATE TRIGGER events_append_only_update BEFORE UPDATE ON events FOR EACH STATEMENT EXECUTE FUNCTION events_append_only();

-- For people: SELECT e.processed, e.published_seq FROM events e. Programs that look for what is unpublished use the view.
CREATE FUNCTION processed(e events) RETURNS boolean LANGUAGE sql STABLE SET search_path = pg_catalog, public AS $$
  SELECT e.position <= events_frontier()
    AND NOT EXISTS (SELECT FROM relay_left_behind l WHERE l.position = e.position)
$$;
CREATE FUNCTION published_seq(e events) RETURNS bigint LANGUAGE sql STABLE SET search_path = pg_catalog, public AS $$
  SELECT r.first_sequence + (SELECT count(*) FROM events b WHERE b.position >= r.first_position AND b.position < e.position)
  FROM (
    SELECT first_sequence, first_position FROM published_runs
    WHERE stream = (SELECT created FROM relay_stream WHERE name = 'INVENTORY') AND last_position >= e.position
    ORDER BY last_position LIMIT 1
  ) r WHERE r.first_position <= e.position
$$;

CREATE VIEW events_unpublished AS
SELECT e.*, NULL::text AS why FROM events e
WHERE e.position > (SELECT events_frontier()) AND NOT EXISTS (SELECT FROM relay_left_behind l WHERE l.position = e.position)
UNION ALL
SELECT e.*, l.why FROM relay_left_behind l JOIN events e ON e.position = l.position;

DELETE FROM role_privileges WHERE role = 'inventory_relay' AND relation = 'events' AND privilege = 'UPDATE';
UPDATE role_privileges SET column_name = 'backend_pid' WHERE relation = 'relay_leader' AND column_name = 'pid';
INSERT INTO role_privileges (role, relation, privilege, column_name) VALUES
  ('inventory_relay', 'relay_stream', 'UPDATE', 'from_position'),
  ('inventory_relay', 'published_runs', 'SELECT', ''),
  ('inventory_relay', 'published_runs', 'INSERT', ''),
  ('inventory_relay', 'published_runs', 'DELETE', ''),
  ('inventory_relay', 'published_runs', 'UPDATE', 'last_position'),
  ('inventory_relay', 'published_runs', 'UPDATE', 'count'),
  ('inventory_relay', 'published_runs', 'UPDATE', 'last_at'),
  ('inventory_relay', 'relay_left_behind', 'SELECT', ''),
  ('inventory_relay', 'relay_left_behind', 'INSERT', ''),
  ('inventory_relay', 'relay_left_behind', 'DELETE', ''),
  ('inventory_relay', 'relay_left_behind', 'UPDATE', 'why'),
  ('inventory_relay', 'events_unpublished', 'SELECT', ''),
  -- Whether anything was published at all.
  ('inventory_projector', 'published_runs', 'SELECT', ''),
  ('inventory_reader', 'published_runs', 'SELECT', ''),
  ('inventory_reader', 'relay_left_behind', 'SELECT', ''),
  ('inventory_reader', 'events_unpublished', 'SELECT', '');
SELECT apply_roles();
DO $$
BEGIN
  ALTER VIEW events_unpublished OWNER TO inventory_owner;
  ALTER FUNCTION events_frontier() OWNER TO inventory_owner;
  ALTER FUNCTION processed(events) OWNER TO inventory_owner;
  ALTER FUNCTION published_seq(events) OWNER TO inventory_owner;
EXCEPTION WHEN insufficient_privilege OR undefined_object THEN
  NULL; -- Their owner is who migrates then.
END $$;

-- Down Migration

DO $$
BEGIN
  IF NOT pg_try_advisory_xact_lock((8::bigint << 48) | 1) THEN
    RAISE EXCEPTION 'a relay leads: stop all relays, then migrate; the api and the projector go on'
      USING ERRCODE = 'object_in_use';
  END IF;
END $$;
DELETE FROM role_privileges WHERE relation IN ('published_runs', 'relay_left_behind', 'events_unpublished')
  OR (relation = 'relay_stream' AND column_name = 'from_position');
UPDATE role_privileges SET column_name = 'pid' WHERE relation = 'relay_leader' AND column_name = 'backend_pid';
DROP VIEW events_unpublished;
DROP TRIGGER events_append_only_update ON events;
ALTER TABLE events ADD COLUMN processed boolean NOT NULL DEFAULT false, ADD COLUMN published_seq bigint,
  ADD COLUMN published_at timestamptz;
UPDATE events e SET processed = true, published_seq = placed.sequence, published_at = placed.at
FROM (
  SELECT events.position, r.last_at AS at,
    r.first_sequence + row_number() OVER (PARTITION BY r.first_sequence ORDER BY events.position) - 1 AS sequence
  FROM published_runs r JOIN relay_stream s ON s.name = 'INVENTORY' AND s.created = r.stream
  JOIN events ON events.position BETWEEN r.first_position AND r.last_position
) placed WHERE placed.position = e.position;
UPDATE events e SET processed = true WHERE NOT e.processed AND e.position <= (SELECT events_frontier())
  AND NOT EXISTS (SELECT FROM relay_left_behind l WHERE l.position = e.position AND l.why <> 'missing');
DROP FUNCTION processed(events), published_seq(events), events_frontier();
DROP TABLE relay_left_behind, published_runs;
ALTER TABLE relay_stream DROP COLUMN from_position;
ALTER TABLE relay_leader RENAME COLUMN backend_pid TO pid;
CREATE INDEX idx_events_unprocessed ON events (position) WHERE NOT processed;
CREATE INDEX idx_events_published ON events (published_seq) WHERE published_seq IS NOT NULL;
CREATE TRIGGER events_append_only_update
  BEFORE UPDATE OF id, event_type, store_id, aggregate_id, payload, timestamp, position, stream_id, stream_version,
    schema_version, metadata ON events
  FOR EACH STATEMENT EXECUTE FUNCTION events_append_only();
CREATE TRIGGER events_marks_stay BEFORE UPDATE OF processed ON events
  FOR EACH ROW WHEN (OLD.processed AND NOT NEW.processed) EXECUTE FUNCTION events_append_only();
ALTER TABLE relay_parked ADD CONSTRAINT relay_parked_event_id_fkey FOREIGN KEY (event_id) REFERENCES events (id);
INSERT INTO role_privileges (role, relation, privilege, column_name)
SELECT 'inventory_relay', 'events', 'UPDATE', unnest('{processed,published_seq,published_at}'::text[]);
SELECT apply_roles();
