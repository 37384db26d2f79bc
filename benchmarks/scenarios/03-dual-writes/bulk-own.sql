\set base random(1, 9000000000000000)
BEGIN;
INSERT INTO events (id, order_id, kind, amount)
SELECT :base::bigint * 1000 + i, i, 'paid', 5 FROM generate_series(0, 999) AS i;
INSERT INTO own_v2.events (id, order_id, type, amount)
SELECT :base::bigint * 1000 + i, i, 'PAID', 5 FROM generate_series(0, 999) AS i;
COMMIT;
