-- Up Migration

-- What a person decides about a parked event changes which events come next, so it has its place in the log like an
-- event: a position, drawn behind an announcement, so that the settled position waits for it. What is let go is
-- published behind everything before that place. A relay that fetched without knowing of the decision then holds a part
-- of the same order, and not another one (docs/decisions/0015).
ALTER TABLE relay_parked ADD COLUMN released_position bigint;
ALTER TABLE relay_parked DROP CONSTRAINT relay_parked_state_check;
ALTER TABLE relay_parked ADD CONSTRAINT relay_parked_state_check CHECK (state IN ('parked', 'skipped', 'released'));

CREATE FUNCTION relay_parked_release() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.released_position := nextval('events_position');
  RETURN NEW;
END
$$;
CREATE TRIGGER relay_parked_announce BEFORE UPDATE OF state ON relay_parked
  FOR EACH STATEMENT EXECUTE FUNCTION events_announce();
CREATE TRIGGER relay_parked_release BEFORE UPDATE OF state ON relay_parked
  FOR EACH ROW WHEN (OLD.state = 'parked' AND NEW.state <> 'parked') EXECUTE FUNCTION relay_parked_release();

-- Down Migration

DROP TRIGGER relay_parked_release ON relay_parked;
DROP TRIGGER relay_parked_announce ON relay_parked;
DROP FUNCTION relay_parked_release();
DELETE FROM relay_parked WHERE state = 'released';
ALTER TABLE relay_parked DROP CONSTRAINT relay_parked_state_check;
ALTER TABLE relay_parked ADD CONSTRAINT relay_parked_state_check CHECK (state IN ('parked', 'skipped'));
ALTER TABLE relay_parked DROP COLUMN released_position;
