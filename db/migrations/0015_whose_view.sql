-- Up Migration

-- The log by name: two logs never have the same one, so two systems that were given one Redis database by mistake keep their views
-- apart, and notice each other (packages/view/keys.ts). It stays for as long as the log does, through restores and promotions; the
-- epoch says which of these came last.
ALTER TABLE log_epoch ADD COLUMN log_id uuid NOT NULL DEFAULT gen_random_uuid();

-- Down Migration

ALTER TABLE log_epoch DROP COLUMN log_id;
