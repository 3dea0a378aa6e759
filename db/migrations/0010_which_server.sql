-- Up Migration

-- The server that the log is on: system identifier and timeline, as 'identifier.timeline'. Noted by the first session of a
-- process; NULL until then, and where servers do not say who they are. A promoted standby, an upgraded or a restored server is
-- another one, and may lack what the one before it had acknowledged.
ALTER TABLE log_epoch ADD COLUMN server text;

-- Where the log went on on another server than the noted one: before the first of our writes there.
CREATE TABLE log_forks (
  -- The epoch that the log was in, and the server that it was found on.
  epoch integer NOT NULL,
  server text NOT NULL,
  -- The newest event that had come along.
  newest_position bigint NOT NULL,
  noted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- The epoch that began when a person accepted the server as a promoted one.
  accepted_epoch integer UNIQUE,
  PRIMARY KEY (epoch, server)
);

-- Called by a session that finds itself on another server than the noted one. With the rights of the owner: no process may
-- change the row of the log otherwise.
CREATE FUNCTION log_note_server() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  here text := current_setting('inventory.server', true);
  noted_server text;
  noted_epoch integer;
BEGIN
  IF coalesce(here, '') IN ('', 'off') THEN RETURN; END IF;
  SELECT server, epoch INTO STRICT noted_server, noted_epoch FROM log_epoch FOR UPDATE;
  IF noted_server IS NULL THEN
    UPDATE log_epoch SET server = here;
  ELSIF noted_server <> here THEN
    INSERT INTO log_forks (epoch, server, newest_position)
    VALUES (noted_epoch, here, coalesce((SELECT max(position) FROM events), 0)) ON CONFLICT DO NOTHING;
  END IF;
END $$;

-- What was released has a position in the log, which whoever asks how far it is settled has to see.
INSERT INTO role_privileges (role, relation, privilege, column_name) VALUES
  ('inventory_api', 'relay_parked', 'SELECT', 'released_position'),
  ('inventory_projector', 'relay_parked', 'SELECT', 'released_position'),
  ('inventory_relay', 'log_epoch', 'UPDATE', 'server'),
  ('inventory_api', 'log_forks', 'SELECT', ''),
  ('inventory_relay', 'log_forks', 'SELECT', ''),
  ('inventory_relay', 'log_forks', 'UPDATE', 'accepted_epoch'),
  ('inventory_reader', 'log_forks', 'SELECT', '');
SELECT apply_roles();
DO $$
BEGIN
  ALTER FUNCTION log_note_server() OWNER TO inventory_owner;
EXCEPTION WHEN insufficient_privilege OR undefined_object THEN
  NULL; -- Its owner is who migrates then, who may do that too.
END $$;

-- Down Migration

DELETE FROM role_privileges WHERE relation = 'log_forks' OR column_name IN ('released_position', 'server');
SELECT apply_roles();

DROP FUNCTION log_note_server();
DROP TABLE log_forks;
ALTER TABLE log_epoch DROP COLUMN server;
