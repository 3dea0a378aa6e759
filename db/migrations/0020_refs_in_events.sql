-- Up Migration

-- A new log begins with refs in place of customers' ids: nobody runs who could not read them. In a log that has events, or
-- readers, the api allows version 2 when all that run read it (db/formats/formats.ts).
INSERT INTO log_formats (type, version, allowed_by)
SELECT type, 2, 'a new log' FROM unnest(ARRAY[
  'reservation.created', 'reservation.confirmed', 'reservation.cancelled', 'reservation.expired', 'reservation.extended',
  'reservation.rejected']) AS type
WHERE NOT EXISTS (SELECT FROM events)
  AND NOT EXISTS (SELECT FROM process_reports WHERE reported_at > clock_timestamp() - interval '10 seconds');

-- Holds that bear a ref alone: by customer, and those that somebody has made for others. Those that bear an id are found by the
-- indexes of before.
-- The strongest lock first: a commit that has read the table would wait for the index, and the ALTER for the commit.
LOCK TABLE reservations;
CREATE INDEX IF NOT EXISTS idx_reservations_customer_ref ON reservations (customer_ref, status, id) WHERE customer_id IS NULL;
CREATE INDEX IF NOT EXISTS idx_reservations_made_for_ref ON reservations (created_by, id)
  WHERE customer_id IS NULL AND created_by <> customer_ref::text;

-- NULL once events have refs: from then on a customer's id stands in customers alone.
ALTER TABLE reservations ALTER COLUMN customer_id DROP NOT NULL;

-- Down Migration

-- The release before this one reads the id, and knows no ref in an event.
DO $$
BEGIN
  IF EXISTS (SELECT FROM reservations WHERE customer_id IS NULL)
    OR EXISTS (SELECT FROM log_formats WHERE type LIKE 'reservation.%' AND version = 2 AND allowed_by <> 'a new log')
    OR EXISTS (SELECT FROM events WHERE event_type LIKE 'reservation.%' AND schema_version > 1) THEN
    RAISE EXCEPTION 'the log may hold what the release before this one cannot read: refs of customers' USING ERRCODE = 'restrict_violation';
  END IF;
END
$$;
DROP INDEX idx_reservations_customer_ref, idx_reservations_made_for_ref;
ALTER TABLE reservations ALTER COLUMN customer_id SET NOT NULL;
ALTER TABLE log_formats DISABLE TRIGGER log_formats_one_way;
DELETE FROM log_formats WHERE allowed_by = 'a new log';
ALTER TABLE log_formats ENABLE TRIGGER log_formats_one_way;
