-- The last line of defence of a tenant's idle side, called once for each statement that writes one of its tables. Arguments: the
-- tenant, the digest of the token of the epoch's mirrored statements, and that of maintenance sessions.
--
-- A maintenance session's statement may write, and so may code that it runs: a default of the idle side, for example. A mirrored
-- statement may write itself; a function inside it that names the idle side may not, since resync would undo that.
--
-- Operators and functions are named by schema: a writer's search_path must not decide what passes.
CREATE FUNCTION cutover.fence() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sent text;
    context text;
BEGIN
    IF pg_catalog.starts_with(pg_catalog.current_query(), '/*cutover:') THEN
        sent := pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(
            pg_catalog.substr(pg_catalog.current_query(), 1, 77), 'UTF8')), 'hex');
        IF sent OPERATOR(pg_catalog.=) TG_ARGV[2] THEN
            RETURN NULL;
        END IF;
        IF sent OPERATOR(pg_catalog.=) TG_ARGV[1] THEN
            GET DIAGNOSTICS context = PG_CONTEXT;
            IF pg_catalog.strpos(context, pg_catalog.chr(10)) OPERATOR(pg_catalog.=) 0 THEN
                RETURN NULL;
            END IF;
        END IF;
    END IF;
    RAISE read_only_sql_transaction USING
        MESSAGE = pg_catalog.format('table %I.%I is on the idle side of tenant %s and takes no writes',
            TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_ARGV[0]),
        DETAIL = 'The tenant is served from its other side, which carries every write over to this one.',
        HINT = 'Write through the proxy, without naming this schema.',
        SCHEMA = TG_TABLE_SCHEMA,
        TABLE = TG_TABLE_NAME;
END $$;
REVOKE ALL ON FUNCTION cutover.fence() FROM PUBLIC;
