\set id random(1, 9000000000000000000)
\set order random(1, :rows)
BEGIN;
INSERT INTO events (id, order_id, kind, amount) VALUES (:id, :order, 'paid', 5);
INSERT INTO own_v2.events (id, order_id, type, amount) VALUES (:id, :order, 'PAID', 5);
COMMIT;
