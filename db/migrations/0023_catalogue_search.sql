-- Up Migration

-- Each order in which products are listed, with a category and without, and the words by which they are looked for. Archived
-- products are listed by id alone. Only these lists say both conditions, so no commit takes such an index for its own (decision 0019). What stands between words becomes a blank: else -0001 of SKU-0001 would be a negative number.
CREATE INDEX IF NOT EXISTS idx_products_name ON products (name, id) WHERE archived_at IS NULL AND version >= 1;
CREATE INDEX IF NOT EXISTS idx_products_price ON products (price, id) WHERE archived_at IS NULL AND version >= 1;
CREATE INDEX IF NOT EXISTS idx_products_category ON products (category, id) WHERE archived_at IS NULL AND version >= 1;
CREATE INDEX IF NOT EXISTS idx_products_category_name ON products (category, name, id) WHERE archived_at IS NULL AND version >= 1;
CREATE INDEX IF NOT EXISTS idx_products_category_price ON products (category, price, id) WHERE archived_at IS NULL AND version >= 1;
CREATE INDEX IF NOT EXISTS idx_products_words ON products USING gin (to_tsvector('simple', translate(name || ' ' || sku, '-_./,;:+#&()', '            '))) WHERE archived_at IS NULL AND version >= 1;

-- Down Migration

DROP INDEX idx_products_words, idx_products_category_price, idx_products_category_name, idx_products_category, idx_products_price, idx_products_name;
