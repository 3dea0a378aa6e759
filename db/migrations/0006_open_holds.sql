-- Up Migration

-- The same index by another sign of an open hold: a condition on the status fits three other indexes as well, and which of
-- them is taken must not hang on what the tables held when a plan was made (docs/decisions/0019).
DROP INDEX idx_reservations_open;
CREATE INDEX idx_reservations_open ON reservations (stock_id, expires_at) WHERE closed_at IS NULL;

-- Down Migration

DROP INDEX idx_reservations_open;
CREATE INDEX idx_reservations_open ON reservations (stock_id, expires_at) WHERE status = 'PENDING';
