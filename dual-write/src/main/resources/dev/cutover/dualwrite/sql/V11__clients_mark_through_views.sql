-- Marks are made in clients' transactions. They must not touch a sequence there (lastval() would answer with a mark's number),
-- and no client may write, for any tenant, whatever it likes.
--
-- A mark's id is the time in microseconds and 64 random bits: unique without a sequence, and in the order of time.
ALTER TABLE dirty_key DROP CONSTRAINT dirty_key_pkey;
ALTER TABLE dirty_key ALTER COLUMN id DROP IDENTITY;
ALTER TABLE dirty_key ALTER COLUMN id TYPE uuid USING lpad(to_hex(id), 32, '0')::uuid;
ALTER TABLE dirty_key ALTER COLUMN id SET DEFAULT encode(overlay(uuid_send(gen_random_uuid())
    PLACING int8send((extract(epoch FROM clock_timestamp()) * 1000000)::bigint) FROM 1 FOR 8), 'hex')::uuid;
ALTER TABLE dirty_key ADD PRIMARY KEY (tenant, id);
ALTER TABLE dirty_key ADD CONSTRAINT dirty_key_side CHECK (side IN ('BLUE', 'GREEN')) NOT VALID;
ALTER TABLE dirty_key ADD CONSTRAINT dirty_key_key CHECK (jsonb_typeof(key) = 'array') NOT VALID;

DO $$
DECLARE
    grantee text;
BEGIN
    FOR grantee IN SELECT DISTINCT CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(r.rolname) END
        FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) AS g LEFT JOIN pg_roles r ON r.oid = g.grantee
        WHERE c.oid = 'dirty_key'::regclass AND g.grantee <> c.relowner
    LOOP
        EXECUTE 'REVOKE ALL ON dirty_key FROM ' || grantee;
    END LOOP;
END $$;
