\set id random(1, :rows)
WITH w AS (UPDATE orders SET amount = amount + 1 WHERE id = :id
  RETURNING id, customer, status, amount, placed_at, note)
INSERT INTO hand_v2.orders (id, customer, state, amount, placed_at, note)
SELECT id, customer, upper(status), amount, placed_at, note FROM w
ON CONFLICT (id) DO UPDATE SET customer = EXCLUDED.customer, state = EXCLUDED.state, amount = EXCLUDED.amount,
  placed_at = EXCLUDED.placed_at, note = EXCLUDED.note;
