-- Up Migration

-- Functions that are called by triggers find their tables whoever writes, and with whichever search_path: pg_restore has none.
ALTER FUNCTION events_announce() SET search_path = pg_catalog, public;
ALTER FUNCTION events_append_only() SET search_path = pg_catalog, public;
ALTER FUNCTION relay_parked_release() SET search_path = pg_catalog, public;

-- A session that is not ours, with one open row in events, holds back whoever reads the log up to where it is settled. Ours
-- have a limit of their own. Who needs longer says so in his session.
DO $$
BEGIN
  EXECUTE format('ALTER DATABASE %I SET idle_in_transaction_session_timeout = %L', current_database(), '1min');
EXCEPTION WHEN insufficient_privilege THEN
  RAISE WARNING 'only the owner of the database may run: ALTER DATABASE % SET idle_in_transaction_session_timeout = ''1min''', current_database();
END $$;

-- Down Migration

DO $$
BEGIN
  EXECUTE format('ALTER DATABASE %I RESET idle_in_transaction_session_timeout', current_database());
EXCEPTION WHEN insufficient_privilege THEN
  NULL;
END $$;
ALTER FUNCTION relay_parked_release() RESET search_path;
ALTER FUNCTION events_append_only() RESET search_path;
ALTER FUNCTION events_announce() RESET search_path;
