\set id random(1, 9000000000000000000)
\set order random(1, :rows)
BEGIN;
SELECT amount FROM orders WHERE id = :order;
WITH w AS (UPDATE orders SET amount = amount + 1 WHERE id = :order
  RETURNING id, customer, status, amount, placed_at, note)
INSERT INTO hand_v2.orders (id, customer, state, amount, placed_at, note)
SELECT id, customer, upper(status), amount, placed_at, note FROM w
ON CONFLICT (id) DO UPDATE SET customer = EXCLUDED.customer, state = EXCLUDED.state, amount = EXCLUDED.amount,
  placed_at = EXCLUDED.placed_at, note = EXCLUDED.note;
WITH w AS (INSERT INTO events (id, order_id, kind, amount) VALUES (:id, :order, 'paid', 5)
  RETURNING id, order_id, kind, amount, happened_at)
INSERT INTO hand_v2.events (id, order_id, type, amount, happened_at)
SELECT id, order_id, upper(kind), amount, happened_at FROM w
ON CONFLICT (id) DO UPDATE SET order_id = EXCLUDED.order_id, type = EXCLUDED.type, amount = EXCLUDED.amount,
  happened_at = EXCLUDED.happened_at;
COMMIT;
