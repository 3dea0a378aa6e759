-- Up Migration

-- Of the units that a reservation sold, those that came back. Returns of one sale add up under the lock of its stock row; the CHECK is
-- for whoever writes past the domain. The next migration looks at the rows of before, which have 0: here that would hold the strongest lock.
ALTER TABLE reservations
  ADD COLUMN returned_quantity integer NOT NULL DEFAULT 0,
  ADD CONSTRAINT reservations_returned_check CHECK (returned_quantity BETWEEN 0 AND coalesce(confirmed_quantity, 0)) NOT VALID;

INSERT INTO role_privileges (role, relation, privilege, column_name) VALUES ('inventory_api', 'reservations', 'UPDATE', 'returned_quantity');
SELECT apply_roles();

-- Down Migration

-- The release before this one would count what came back as sold and on the shelf.
DO $$
BEGIN
  IF EXISTS (SELECT FROM reservations WHERE returned_quantity > 0) THEN
    RAISE EXCEPTION 'units of sales came back, which the release before this one does not remember' USING ERRCODE = 'restrict_violation';
  END IF;
END
$$;
DELETE FROM role_privileges WHERE relation = 'reservations' AND column_name = 'returned_quantity';
ALTER TABLE reservations DROP COLUMN returned_quantity;
