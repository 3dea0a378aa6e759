-- Up Migration

-- How often a replay was taken up. Whoever runs it writes down how far it is by the number of its own run: one that was frozen for long
-- enough for another one to take its place changes nothing any more.
ALTER TABLE replay_jobs ADD COLUMN runs integer NOT NULL DEFAULT 0;

INSERT INTO role_privileges (role, relation, privilege, column_name) VALUES ('inventory_relay', 'replay_jobs', 'UPDATE', 'runs');
SELECT apply_roles();

-- Down Migration

DELETE FROM role_privileges WHERE relation = 'replay_jobs' AND column_name = 'runs';
SELECT apply_roles();
ALTER TABLE replay_jobs DROP COLUMN runs;
