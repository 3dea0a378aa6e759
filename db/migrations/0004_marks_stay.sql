-- Up Migration

-- A published event stays published: un-marked, it would be published a second time. What a broker has lost is put back
-- by its published_seq (the relay's refill), never by taking the mark away.
CREATE TRIGGER events_marks_stay BEFORE UPDATE OF processed ON events
  FOR EACH ROW WHEN (OLD.processed AND NOT NEW.processed) EXECUTE FUNCTION events_append_only();

-- Down Migration

DROP TRIGGER events_marks_stay ON events;
