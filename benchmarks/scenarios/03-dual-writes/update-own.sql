\set id random(1, :rows)
BEGIN;
UPDATE orders SET amount = amount + 1 WHERE id = :id;
UPDATE own_v2.orders SET amount = amount + 1 WHERE id = :id;
COMMIT;
