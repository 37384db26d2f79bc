-- Version 1: what clients write.
CREATE SCHEMA @schema@;
CREATE TABLE @schema@.orders (
  id bigint PRIMARY KEY,
  customer int NOT NULL,
  status text NOT NULL,
  amount int NOT NULL,
  placed_at timestamptz NOT NULL,
  note text
);
CREATE TABLE @schema@.events (
  id bigint PRIMARY KEY,
  order_id bigint NOT NULL,
  kind text NOT NULL,
  amount int NOT NULL,
  happened_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO @schema@.orders
SELECT i, i % 50000, 'shipped', i % 1000, timestamptz '2026-01-01' + i * interval '1 second', 'order number ' || i
FROM generate_series(1, @rows@) AS i;
