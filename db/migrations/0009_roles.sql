-- Up Migration

-- Who may do what. There are five groups without login; the deployment makes logins (db/logins.ts) and puts each into one
-- of them. inventory_owner owns everything and migrates. The others may what stands here, and nothing else. A migration
-- that adds a table adds its rows here and calls apply_roles(). One row is one privilege on one column, or, with '', on
-- the whole relation.
CREATE TABLE role_privileges (
  role text NOT NULL CHECK (role IN ('inventory_api', 'inventory_relay', 'inventory_projector', 'inventory_reader')),
  relation text NOT NULL,
  privilege text NOT NULL CHECK (privilege IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE', 'USAGE')),
  column_name text NOT NULL DEFAULT '',
  PRIMARY KEY (role, relation, privilege, column_name)
);

INSERT INTO role_privileges (role, relation, privilege, column_name)
SELECT role, relation, unnest(privileges::text[]), column_name
FROM (VALUES
  -- Every process asks whether the schema is new enough, and whether its login may do what it needs.
  ('{inventory_api,inventory_relay,inventory_projector,inventory_reader}', 'pgmigrations', '{SELECT}', '{""}'),
  ('{inventory_api,inventory_relay,inventory_projector,inventory_reader}', 'role_privileges', '{SELECT}', '{""}'),
  ('{inventory_api,inventory_relay,inventory_projector,inventory_reader}', 'log_epoch', '{SELECT}', '{""}'),
  ('{inventory_api,inventory_relay,inventory_projector}', 'process_reports', '{SELECT,INSERT,UPDATE,DELETE}', '{""}'),

  -- The api writes the tables and appends to the log. What identifies a row never changes, and the relay's marks are not its own.
  ('{inventory_api}', 'products', '{SELECT,INSERT}', '{""}'),
  ('{inventory_api}', 'products', '{UPDATE}', '{sku,name,description,category,price,version,archived_at,updated_at}'),
  ('{inventory_api}', 'stores', '{SELECT,INSERT}', '{""}'),
  ('{inventory_api}', 'stores', '{UPDATE}', '{name,version,updated_at}'),
  ('{inventory_api}', 'stock', '{SELECT,INSERT}', '{""}'),
  ('{inventory_api}', 'stock', '{UPDATE}', '{quantity,reserved,version,updated_at}'),
  ('{inventory_api}', 'reservations', '{SELECT,INSERT}', '{""}'),
  ('{inventory_api}', 'reservations', '{UPDATE}', '{status,expires_at,confirmed_quantity,closed_at,sold_as}'),
  ('{inventory_api}', 'events', '{SELECT}', '{""}'),
  ('{inventory_api}', 'events', '{INSERT}',
    '{id,event_type,store_id,aggregate_id,payload,timestamp,stream_id,stream_version,schema_version,metadata}'),
  ('{inventory_api}', 'events_position', '{SELECT,USAGE}', '{""}'),
  -- Rows that are too old are deleted, and a row is locked before it is deleted: that takes the right to update one column.
  ('{inventory_api}', 'idempotency_keys', '{SELECT,INSERT,DELETE}', '{""}'),
  ('{inventory_api}', 'idempotency_keys', '{UPDATE}', '{created_at}'),
  ('{inventory_api}', 'revoked_tokens', '{SELECT,INSERT,DELETE}', '{""}'),
  ('{inventory_api}', 'revoked_tokens', '{UPDATE}', '{revoked_at}'),
  ('{inventory_api}', 'revoked_tokens_changes', '{SELECT}', '{""}'),

  -- The relay marks what it has published. It reads the log and nothing that the log is about.
  ('{inventory_relay}', 'events', '{SELECT}', '{""}'),
  ('{inventory_relay}', 'events', '{UPDATE}', '{processed,published_seq,published_at}'),
  ('{inventory_relay}', 'events_position', '{SELECT,USAGE}', '{""}'),
  ('{inventory_relay}', 'log_epoch', '{UPDATE}', '{epoch,raised_at,reason}'),
  ('{inventory_relay}', 'relay_leader', '{SELECT}', '{""}'),
  ('{inventory_relay}', 'relay_leader', '{UPDATE}', '{term,pid,instance,took_over_at,beat_at}'),
  ('{inventory_relay}', 'relay_stream', '{SELECT,INSERT}', '{""}'),
  ('{inventory_relay}', 'relay_stream', '{UPDATE}', '{created,epoch,noted_at}'),
  ('{inventory_relay}', 'relay_parked', '{SELECT,INSERT}', '{""}'),
  ('{inventory_relay}', 'relay_parked', '{UPDATE}', '{reason,state,parked_at,resolved_at,resolved_by}'),
  ('{inventory_relay}', 'replay_jobs', '{SELECT,INSERT}', '{""}'),
  ('{inventory_relay}', 'replay_jobs', '{UPDATE}', '{state,published,digest,updated_at}'),

  -- The projector reads: the log, and the tables that the view is compared with.
  ('{inventory_projector}', 'events', '{SELECT}', '{""}'),
  ('{inventory_projector}', 'events_position', '{SELECT}', '{""}'),
  ('{inventory_projector}', 'products', '{SELECT}', '{""}'),
  ('{inventory_projector}', 'stores', '{SELECT}', '{""}'),
  ('{inventory_projector}', 'stock', '{SELECT}', '{""}'),
  ('{inventory_projector}', 'relay_stream', '{SELECT}', '{""}'),

  -- For reports, dashboards and people who look: all but what a stranger could use, such as the answers that are kept for
  -- a repeated request, and the list of tokens that are refused.
  ('{inventory_reader}', 'events', '{SELECT}', '{""}'),
  ('{inventory_reader}', 'events_position', '{SELECT}', '{""}'),
  ('{inventory_reader}', 'products', '{SELECT}', '{""}'),
  ('{inventory_reader}', 'stores', '{SELECT}', '{""}'),
  ('{inventory_reader}', 'stock', '{SELECT}', '{""}'),
  ('{inventory_reader}', 'reservations', '{SELECT}', '{""}'),
  ('{inventory_reader}', 'idempotency_keys', '{SELECT}', '{principal,operation,status,created_at}'),
  ('{inventory_reader}', 'relay_leader', '{SELECT}', '{""}'),
  ('{inventory_reader}', 'relay_stream', '{SELECT}', '{""}'),
  ('{inventory_reader}', 'relay_parked', '{SELECT}', '{""}'),
  ('{inventory_reader}', 'replay_jobs', '{SELECT}', '{""}'),
  ('{inventory_reader}', 'process_reports', '{SELECT}', '{""}')
) AS given (roles, relation, privileges, columns), unnest(roles::text[]) AS role, unnest(columns::text[]) AS column_name;

-- The statements that make what the groups may do here what stands in role_privileges. What somebody has granted to a group
-- besides is taken back.
CREATE FUNCTION role_statements() RETURNS SETOF text LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
  RETURN QUERY WITH groups AS (
    SELECT oid, rolname::text AS role FROM pg_roles
    WHERE rolname IN ('inventory_api', 'inventory_relay', 'inventory_projector', 'inventory_reader')
  ), wanted AS (
    SELECT role, relation, privilege, column_name FROM role_privileges
  ), found AS (
    SELECT role, relname::text AS relation, privilege_type AS privilege, '' AS column_name
    FROM pg_class CROSS JOIN aclexplode(relacl) JOIN groups ON groups.oid = grantee
    WHERE relnamespace = 'public'::regnamespace
    UNION
    SELECT role, relname::text, privilege_type, attname::text
    FROM pg_attribute CROSS JOIN aclexplode(attacl) JOIN groups ON groups.oid = grantee
    JOIN pg_class ON pg_class.oid = attrelid
    WHERE relnamespace = 'public'::regnamespace AND NOT attisdropped
  )
  SELECT format('REVOKE %s%s ON %I FROM %I', privilege, ' (' || quote_ident(nullif(column_name, '')) || ')', relation, role)
  FROM (SELECT * FROM found EXCEPT SELECT * FROM wanted) AS too_much
  UNION ALL
  SELECT format('GRANT %s%s ON %I TO %I', privilege, ' (' || quote_ident(nullif(column_name, '')) || ')', relation, role)
  FROM (SELECT * FROM wanted EXCEPT SELECT * FROM found) AS lacking;
END
$$;

-- Makes the groups that the server lacks, hands our tables and functions over to inventory_owner, and sets what the others
-- may. It does only what is not so already, all of it or nothing, so it may be run again at any time: `npm run migrate` does.
-- Where the login may not do that it warns, says what would help, and returns false.
CREATE FUNCTION apply_roles() RETURNS boolean LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  groups CONSTANT text[] := '{inventory_owner,inventory_api,inventory_relay,inventory_projector,inventory_reader}';
  lacking text[] := ARRAY(SELECT name FROM unnest(groups) AS name WHERE to_regrole(name) IS NULL);
  item text;
BEGIN
  FOREACH item IN ARRAY lacking LOOP
    BEGIN
      EXECUTE format('CREATE ROLE %I', item);
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
      NULL; -- Roles are the whole server's: another database of it was first.
    END;
  END LOOP;
  IF NOT pg_has_role('inventory_owner', 'USAGE') THEN
    EXECUTE format('GRANT inventory_owner TO %I', current_user);
  END IF;
  IF NOT has_schema_privilege('inventory_owner', 'public', 'CREATE') THEN
    GRANT USAGE, CREATE ON SCHEMA public TO inventory_owner;
  END IF;
  -- Gathered before the first is run: a table cannot be handed over while it is being read.
  FOREACH item IN ARRAY ARRAY(
    SELECT format('ALTER TABLE %I OWNER TO inventory_owner', relname) FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relowner <> 'inventory_owner'::regrole
      AND relname IN (SELECT relation FROM role_privileges)
    UNION ALL
    SELECT format('ALTER FUNCTION %s OWNER TO inventory_owner', p.oid::regprocedure) FROM pg_proc p
    WHERE pronamespace = 'public'::regnamespace AND proowner <> 'inventory_owner'::regrole
      AND (p.oid IN ('apply_roles()'::regprocedure, 'role_statements()'::regprocedure) OR p.oid IN (
        SELECT tgfoid FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid WHERE c.relname IN (SELECT relation FROM role_privileges)))
    UNION ALL
    SELECT role_statements()
  ) LOOP
    EXECUTE item;
  END LOOP;
  RETURN true;
EXCEPTION WHEN insufficient_privilege THEN
  RAISE WARNING 'who may do what was not set (%): until it is, each process may all that its login may', SQLERRM
    USING HINT = 'Have a login that may make roles run: '
      || coalesce((SELECT string_agg(format('CREATE ROLE %I; ', name), '') FROM unnest(lacking) AS name), '')
      || format('GRANT inventory_owner TO %I; GRANT USAGE, CREATE ON SCHEMA public TO inventory_owner; ', current_user)
      || 'and then migrate again.';
  RETURN false;
END
$$;
REVOKE EXECUTE ON FUNCTION apply_roles() FROM PUBLIC;
SELECT apply_roles();

-- Down Migration

-- What the groups may do stays: the release before this one runs with the same logins.
DROP FUNCTION apply_roles(), role_statements();
DROP TABLE role_privileges;
