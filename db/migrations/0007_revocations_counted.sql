-- Up Migration

-- How often the list of revoked tokens was changed. Processes compare this number, and read the list when it is another
-- one: count and newest mark of the list may be the same although the list is not. The row is changed by the transaction
-- that changes the list, so the number is never seen before the list that it counts.
CREATE TABLE revoked_tokens_changes (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  changes bigint NOT NULL DEFAULT 0
);
INSERT INTO revoked_tokens_changes DEFAULT VALUES;

-- As its owner: whoever may change the list needs no right to the number. The path of names is fixed, as it must be for a
-- function that runs with the rights of another role, and the schema is that of the list.
CREATE FUNCTION revoked_tokens_count() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE format('UPDATE %I.revoked_tokens_changes SET changes = changes + 1', TG_TABLE_SCHEMA);
  RETURN NULL;
END
$$;
CREATE TRIGGER revoked_tokens_count AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON revoked_tokens
  FOR EACH STATEMENT EXECUTE FUNCTION revoked_tokens_count();

-- Down Migration

DROP TRIGGER revoked_tokens_count ON revoked_tokens;
DROP FUNCTION revoked_tokens_count();
DROP TABLE revoked_tokens_changes;
