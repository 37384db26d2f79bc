\set id random(1, 9000000000000000000)
\set order random(1, :rows)
WITH w AS (INSERT INTO events (id, order_id, kind, amount) VALUES (:id, :order, 'paid', 5)
  RETURNING id, order_id, kind, amount, happened_at)
INSERT INTO hand_v2.events (id, order_id, type, amount, happened_at)
SELECT id, order_id, upper(kind), amount, happened_at FROM w
ON CONFLICT (id) DO UPDATE SET order_id = EXCLUDED.order_id, type = EXCLUDED.type, amount = EXCLUDED.amount,
  happened_at = EXCLUDED.happened_at;
