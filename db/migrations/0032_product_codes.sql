-- Up Migration

-- The codes by which a product is scanned, and in what it is counted. Each default says of the products so far what was true of
-- them: no codes, counted in pieces. The checks are NOT VALID: every row has the default, and a look at a million rows would hold
-- up the holds that refer to them. 0033 validates them without that lock.
ALTER TABLE products
  ADD COLUMN identifiers jsonb NOT NULL DEFAULT '[]',
  ADD COLUMN unit varchar(5) NOT NULL DEFAULT 'PIECE',
  ADD COLUMN display_exponent smallint NOT NULL DEFAULT 0,
  ADD CONSTRAINT products_identifiers_check CHECK (jsonb_typeof(identifiers) = 'array' AND jsonb_array_length(identifiers) <= 20) NOT VALID,
  ADD CONSTRAINT products_unit_check CHECK (unit::text IN ('PIECE', 'G', 'ML', 'MM', 'CM2')) NOT VALID,
  ADD CONSTRAINT products_display_exponent_check CHECK (display_exponent BETWEEN 0 AND 3) NOT VALID;

-- The same codes, to find the product of one, and so that no two products have the same one. value is as it is compared: a number
-- as long as a GTIN has zeros in front, up to 14 digits.
CREATE TABLE product_codes (
  value varchar(50) PRIMARY KEY,
  product_id uuid NOT NULL REFERENCES products (id),
  units integer NOT NULL CHECK (units BETWEEN 1 AND 10000)
);
CREATE INDEX idx_product_codes_product ON product_codes (product_id);

-- Kept by a trigger, so that they cannot say something else than the product. As its owner: nobody else writes them.
CREATE FUNCTION products_codes() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE format('DELETE FROM %I.product_codes WHERE product_id = $1', TG_TABLE_SCHEMA) USING NEW.id;
  EXECUTE format('INSERT INTO %I.product_codes (value, product_id, units)
    SELECT CASE WHEN code ->> ''value'' ~ ''^([0-9]{8}|[0-9]{12,14})$'' THEN lpad(code ->> ''value'', 14, ''0'') ELSE code ->> ''value'' END,
      $1, (code ->> ''units'')::integer
    FROM jsonb_array_elements($2) AS code', TG_TABLE_SCHEMA) USING NEW.id, NEW.identifiers;
  RETURN NULL;
END
$$;
CREATE TRIGGER products_codes_of_new AFTER INSERT ON products
  FOR EACH ROW WHEN (NEW.identifiers <> '[]') EXECUTE FUNCTION products_codes();
CREATE TRIGGER products_codes_of_changed AFTER UPDATE OF identifiers ON products
  FOR EACH ROW WHEN (NEW.identifiers <> OLD.identifiers) EXECUTE FUNCTION products_codes();

INSERT INTO role_privileges (role, relation, privilege, column_name)
SELECT 'inventory_api', 'products', 'UPDATE', unnest('{identifiers,unit,display_exponent}'::text[])
UNION ALL SELECT 'inventory_api', 'product_codes', 'SELECT', '';
SELECT apply_roles();

-- Down Migration

DELETE FROM role_privileges WHERE relation = 'product_codes'
  OR (relation = 'products' AND column_name IN ('identifiers', 'unit', 'display_exponent'));
DROP TRIGGER products_codes_of_changed ON products;
DROP TRIGGER products_codes_of_new ON products;
DROP FUNCTION products_codes();
DROP TABLE product_codes;
ALTER TABLE products DROP COLUMN identifiers, DROP COLUMN unit, DROP COLUMN display_exponent;
