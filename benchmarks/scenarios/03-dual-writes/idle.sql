-- Version 2: two columns have another name and another content.
CREATE SCHEMA @schema@;
CREATE TABLE @schema@.orders (
  id bigint PRIMARY KEY,
  customer int NOT NULL,
  state text NOT NULL,
  amount int NOT NULL,
  placed_at timestamptz NOT NULL,
  note text
);
CREATE TABLE @schema@.events (
  id bigint PRIMARY KEY,
  order_id bigint NOT NULL,
  type text NOT NULL,
  amount int NOT NULL,
  happened_at timestamptz NOT NULL DEFAULT now()
);
