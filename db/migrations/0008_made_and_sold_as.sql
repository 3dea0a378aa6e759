-- Up Migration

-- In which role a hold was made and sold: it says whose limits count it. A hold that a vendor makes for a customer costs the
-- customer nothing, and the limit of a day's sales is of those that customers make themselves. NULL in rows of older
-- versions, whose holds are over within 24 hours.
ALTER TABLE reservations
  ADD COLUMN made_as varchar(20),
  ADD COLUMN sold_as varchar(20);

-- What a vendor holds for others. Holds of customers are counted by the index of their own lists.
CREATE INDEX idx_reservations_vendor_open ON reservations (created_by, expires_at)
  WHERE closed_at IS NULL AND made_as = 'vendor';

-- Down Migration

DROP INDEX idx_reservations_vendor_open;
ALTER TABLE reservations DROP COLUMN made_as, DROP COLUMN sold_as;
