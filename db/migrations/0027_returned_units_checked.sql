-- Up Migration

-- A look at all holds, which keeps no reader and no writer waiting: in the migration that added the column it would have.
ALTER TABLE reservations VALIDATE CONSTRAINT reservations_returned_check;

-- Down Migration

-- Nothing: the constraint goes with its column.
