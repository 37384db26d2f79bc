-- A name becomes two columns.
ALTER TABLE customers ADD COLUMN first_name text, ADD COLUMN last_name text;
UPDATE customers SET first_name = split_part(name, ' ', 1), last_name = substr(name, strpos(name, ' ') + 1);
ALTER TABLE customers ALTER COLUMN first_name SET NOT NULL, ALTER COLUMN last_name SET NOT NULL, DROP COLUMN name;

-- A type is widened.
ALTER TABLE customers ALTER COLUMN credit TYPE bigint;

-- A column is renamed.
ALTER TABLE orders RENAME COLUMN status TO state;

-- A NOT NULL column with a default.
ALTER TABLE stock ADD COLUMN reserved integer NOT NULL DEFAULT 0;

-- A new table.
CREATE TABLE loyalty (
    customer_id bigint PRIMARY KEY REFERENCES customers,
    points      integer NOT NULL DEFAULT 0
);
