\set id random(1, 9000000000000000000)
\set order random(1, :rows)
BEGIN;
SELECT amount FROM orders WHERE id = :order;
UPDATE orders SET amount = amount + 1 WHERE id = :order;
INSERT INTO events (id, order_id, kind, amount) VALUES (:id, :order, 'paid', 5);
COMMIT;
