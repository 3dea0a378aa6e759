-- Up Migration

-- The reports of the last quarter of an hour, for the console: how far each step was behind, and whether it catches up. Each
-- report is added when it is written, and takes those along that are older (db/process-reports.ts). Losing them loses a plot.
CREATE TABLE process_report_history (
  process text NOT NULL,
  instance text NOT NULL,
  reported_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  report jsonb NOT NULL,
  PRIMARY KEY (process, instance, reported_at)
);
CREATE INDEX process_report_history_age ON process_report_history (reported_at);

-- As for process_reports: each process may report.
INSERT INTO role_privileges (role, relation, privilege)
SELECT role, 'process_report_history', privilege
FROM unnest('{inventory_api,inventory_relay,inventory_projector}'::text[]) AS role, unnest('{SELECT,INSERT,DELETE}'::text[]) AS privilege
UNION ALL SELECT 'inventory_reader', 'process_report_history', 'SELECT';
SELECT apply_roles();

-- Down Migration

DELETE FROM role_privileges WHERE relation = 'process_report_history';
DROP TABLE process_report_history;
SELECT apply_roles();
