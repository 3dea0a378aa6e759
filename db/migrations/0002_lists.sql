-- Up Migration

-- Lists of holds, newest first (ids are made in the order of time): by store, by customer, each within a status. The
-- first answers all that the seed's index on the store did, and the second also what a customer holds right now.
DROP INDEX idx_reservations_store;
CREATE INDEX idx_reservations_store ON reservations (store_id, status, id);
CREATE INDEX idx_reservations_customer ON reservations (customer_id, status, id);
CREATE INDEX idx_reservations_reference ON reservations (reference, id) WHERE reference IS NOT NULL;
-- A cart, which is confirmed and cancelled by its batch_id.
CREATE INDEX idx_reservations_batch ON reservations (batch_id) WHERE batch_id IS NOT NULL;
-- What somebody has reserved for others: a customer's own holds, which are most of all, cost nothing here.
CREATE INDEX idx_reservations_made_for ON reservations (created_by, id) WHERE created_by <> customer_id;

-- Down Migration

DROP INDEX idx_reservations_made_for, idx_reservations_batch, idx_reservations_reference, idx_reservations_customer,
  idx_reservations_store;
CREATE INDEX idx_reservations_store ON reservations (store_id);
