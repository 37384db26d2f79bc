-- A shop that rents films: enum, domain, array, full text search, circular foreign keys, a partitioned table.
CREATE TYPE mpaa_rating AS ENUM ('G', 'PG', 'PG-13', 'R', 'NC-17');
CREATE DOMAIN year AS integer CHECK (VALUE BETWEEN 1901 AND 2155);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS
  $$BEGIN NEW.last_update := clock_timestamp(); RETURN NEW; END$$;

CREATE TABLE language (
    language_id serial PRIMARY KEY,
    name        char(20) NOT NULL,
    last_update timestamp NOT NULL DEFAULT now()
);
CREATE TABLE actor (
    actor_id    serial PRIMARY KEY,
    first_name  text NOT NULL,
    last_name   text NOT NULL,
    last_update timestamp NOT NULL DEFAULT now()
);
CREATE INDEX actor_by_name ON actor (last_name);
CREATE TRIGGER touch BEFORE UPDATE ON actor FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TABLE film (
    film_id          serial PRIMARY KEY,
    title            text NOT NULL,
    description      text,
    release_year     year,
    language_id      integer NOT NULL REFERENCES language,
    rental_rate      numeric(4, 2) NOT NULL DEFAULT 4.99,
    length           smallint,
    rating           mpaa_rating DEFAULT 'G',
    special_features text[],
    fulltext         tsvector NOT NULL
);
CREATE INDEX film_fulltext ON film USING gist (fulltext);
CREATE TRIGGER film_fulltext BEFORE INSERT OR UPDATE ON film FOR EACH ROW
  EXECUTE FUNCTION tsvector_update_trigger('fulltext', 'pg_catalog.english', 'title', 'description');
CREATE TABLE film_actor (
    actor_id integer NOT NULL REFERENCES actor,
    film_id  integer NOT NULL REFERENCES film ON DELETE CASCADE,
    PRIMARY KEY (actor_id, film_id)
);
CREATE TABLE store (
    store_id         serial PRIMARY KEY,
    manager_staff_id integer NOT NULL UNIQUE,
    address          text NOT NULL
);
CREATE TABLE staff (
    staff_id serial PRIMARY KEY,
    name     text NOT NULL,
    store_id integer NOT NULL REFERENCES store,
    active   boolean NOT NULL DEFAULT true,
    picture  bytea
);
ALTER TABLE store ADD CONSTRAINT store_manager FOREIGN KEY (manager_staff_id) REFERENCES staff
  DEFERRABLE INITIALLY DEFERRED;
CREATE TABLE customer (
    customer_id serial PRIMARY KEY,
    store_id    integer NOT NULL REFERENCES store,
    first_name  text NOT NULL,
    last_name   text NOT NULL,
    email       text,
    create_date date NOT NULL DEFAULT CURRENT_DATE
);
CREATE TABLE inventory (
    inventory_id serial PRIMARY KEY,
    film_id      integer NOT NULL REFERENCES film,
    store_id     integer NOT NULL REFERENCES store
);
CREATE TABLE rental (
    rental_id    serial PRIMARY KEY,
    rental_date  timestamp NOT NULL,
    inventory_id integer NOT NULL REFERENCES inventory,
    customer_id  integer NOT NULL REFERENCES customer,
    return_date  timestamp,
    staff_id     integer NOT NULL REFERENCES staff
);
CREATE INDEX rental_by_inventory ON rental (inventory_id);
CREATE SEQUENCE payment_seq;
CREATE TABLE payment (
    payment_id   integer NOT NULL DEFAULT nextval('payment_seq'),
    customer_id  integer NOT NULL REFERENCES customer,
    rental_id    integer NOT NULL REFERENCES rental,
    amount       numeric(5, 2) NOT NULL,
    payment_date timestamp NOT NULL,
    PRIMARY KEY (payment_date, payment_id)
) PARTITION BY RANGE (payment_date);
CREATE TABLE payment_2022_01 PARTITION OF payment FOR VALUES FROM ('2022-01-01') TO ('2022-02-01');
CREATE TABLE payment_2022_02 PARTITION OF payment FOR VALUES FROM ('2022-02-01') TO ('2022-03-01');
CREATE TABLE payment_later PARTITION OF payment DEFAULT;
CREATE VIEW customer_list AS SELECT customer_id, first_name || ' ' || last_name AS name, email FROM customer;

INSERT INTO language (name) SELECT unnest(ARRAY['English', 'Italian', 'Japanese', 'Mandarin', 'French', 'German']);
INSERT INTO actor (first_name, last_name)
  SELECT 'Ann' || i, 'O''Hara-' || i FROM generate_series(1, 200) AS i;
INSERT INTO film (title, description, release_year, language_id, rental_rate, length, rating, special_features)
  SELECT 'Film ' || i, repeat('An epic tale of a "dog" \ and a cat. ', i % 40), 1950 + i % 70, 1 + i % 6, (i % 500) / 100.0, i % 200,
    (enum_range(NULL::mpaa_rating))[1 + i % 5],
    CASE WHEN i % 7 = 0 THEN NULL ELSE ARRAY['Trailers', 'it''s', NULL, 'a,"b"'] END
  FROM generate_series(1, 1000) AS i;
INSERT INTO film_actor SELECT 1 + i % 200, 1 + i * 7 % 1000 FROM generate_series(1, 5000) AS i ON CONFLICT DO NOTHING;
BEGIN;
INSERT INTO store VALUES (1, 1, '47 MySakila Drive'), (2, 2, '28 MySQL Boulevard');
INSERT INTO staff VALUES (1, 'Mike', 1, true, decode(repeat('00ff5c27', 5000), 'hex')), (2, 'Jon', 2, true, NULL);
COMMIT;
SELECT setval('store_store_id_seq', 2), setval('staff_staff_id_seq', 2);
INSERT INTO customer (store_id, first_name, last_name, email)
  SELECT 1 + i % 2, 'Mary' || i, 'Smith' || i, CASE WHEN i % 5 > 0 THEN 'mary' || i || '@example.org' END
  FROM generate_series(1, 600) AS i;
INSERT INTO inventory (film_id, store_id) SELECT 1 + i % 1000, 1 + i % 2 FROM generate_series(1, 2000) AS i;
INSERT INTO rental (rental_date, inventory_id, customer_id, return_date, staff_id)
  SELECT timestamp '2022-01-01' + i * interval '37 minutes 0.123456 seconds', 1 + i % 2000, 1 + i % 600,
    CASE WHEN i % 9 > 0 THEN timestamp '2022-01-04' + i * interval '37 minutes' END, 1 + i % 2
  FROM generate_series(1, 3000) AS i;
INSERT INTO payment (customer_id, rental_id, amount, payment_date)
  SELECT 1 + i % 600, i, (i % 900) / 100.0, timestamp '2022-01-01' + i * interval '37 minutes' FROM generate_series(1, 3000) AS i;
