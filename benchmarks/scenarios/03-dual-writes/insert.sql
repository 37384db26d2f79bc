\set id random(1, 9000000000000000000)
\set order random(1, :rows)
INSERT INTO events (id, order_id, kind, amount) VALUES (:id, :order, 'paid', 5);
