-- psql. What it prints must be the same with and without a proxy.
\set ON_ERROR_STOP off
\if :meta
\d item
\dt
\dn
\df nosuch
\l nosuch
\du nosuch
\encoding
\gdesc
\endif
SELECT 1 AS one, 'two' AS two \gdesc
INSERT INTO item VALUES (3001, 'psql');
INSERT INTO item VALUES (3001, 'twice');
\errverbose
\copy item FROM STDIN WITH (FORMAT csv)
3002,copied
3003,"copied, too"
\.
\copy (SELECT * FROM item WHERE id > 3000 ORDER BY id) TO STDOUT
SELECT id AS key FROM item WHERE id > 3000 ORDER BY id LIMIT 1 \gset
SELECT :key + 1 AS next;
\x
SELECT * FROM item WHERE id > 3000 ORDER BY id;
\x
BEGIN;
UPDATE item SET name = upper(name) WHERE id > 3000;
SAVEPOINT s;
SELECT 1/0;
ROLLBACK TO s;
COMMIT;
SELECT format('SELECT %s AS n', n) FROM generate_series(1, 3) AS n \gexec
\set FETCH_COUNT 2
SELECT generate_series(1, 5) AS n;
\unset FETCH_COUNT
SELECT name FROM item WHERE id > 3000 ORDER BY id \crosstabview
-- Ends by its error, at the fourth turn.
CREATE SEQUENCE public.watched;
SELECT setval('public.watched', 1);
SELECT 1 / (5 - nextval('public.watched')) AS turns, count(*) FROM item WHERE id > 3000 \watch 0.01
DROP SEQUENCE public.watched;
DELETE FROM item WHERE id > 3000 RETURNING id;
