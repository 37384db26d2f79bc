-- What the net asks of each changed row: did anything but a mirrored statement change it? One call, because PostgreSQL parses a
-- trigger's WHEN for each execution of a statement, and a longer condition takes longer.
--
-- A mirrored statement's text begins with the tenant's token, and it changes the row itself. The argument is a digest of the
-- token's beginning, since every role may read the triggers' conditions.
--
-- A change that a function, an operator, a cast, a default, a check or a trigger inside the statement makes is nested, and
-- nothing mirrors it. At the top level the context of this call has one line, and a second one under COPY, which only
-- maintenance sessions send with a token; each level of nesting adds one. A server that writes parameters into errors
-- (log_parameter_max_length_on_error) adds a line, too: then rows are marked that need no mark, and none is missed.
--
-- current_query() copies the whole text, which for a long INSERT takes longer than everything else. So it is called once for a
-- mirrored row, and the session keeps that a long text is not mirrored, as the time at which the client's statement began. If
-- two statements began at the same microsecond, the second one's rows would be marked without need.
--
-- Operators and functions are named by schema: a writer's search_path must not decide what is marked.
CREATE OR REPLACE FUNCTION cutover.unmirrored(token text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    sent    text;
    context text;
BEGIN
    IF pg_catalog.pg_trigger_depth() OPERATOR(pg_catalog.>) 0 THEN
        RETURN true;
    END IF;
    -- Most sessions never have a long text.
    IF pg_catalog.current_setting('cutover.unmirrored', true) OPERATOR(pg_catalog.<>) '' THEN
        IF pg_catalog.current_setting('cutover.unmirrored', true)
            OPERATOR(pg_catalog.=) pg_catalog.text(pg_catalog.statement_timestamp()) THEN
            RETURN true;
        END IF;
    END IF;
    sent := pg_catalog.left(pg_catalog.current_query(), 81);
    IF pg_catalog.starts_with(sent, '/*cutover:') THEN
        IF pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.left(sent, 42), 'UTF8')), 'hex')
            OPERATOR(pg_catalog.=) token THEN
            GET DIAGNOSTICS context = PG_CONTEXT;
            RETURN pg_catalog.split_part(context, pg_catalog.chr(10),
                CASE WHEN pg_catalog.right(sent, 4) OPERATOR(pg_catalog.=) 'COPY' THEN 3 ELSE 2 END)
                OPERATOR(pg_catalog.<>) '';
        END IF;
    END IF;
    IF pg_catalog.octet_length(pg_catalog.current_query()) OPERATOR(pg_catalog.>) 4096 THEN
        PERFORM pg_catalog.set_config(
            'cutover.unmirrored', pg_catalog.text(pg_catalog.statement_timestamp()), false);
    END IF;
    -- Null is no text of a client: a replication worker.
    RETURN true;
END $$;
GRANT EXECUTE ON FUNCTION cutover.unmirrored(text) TO PUBLIC;

-- The net's functions run as their owner. Only the owner may make a trigger with them: anybody else could hand them a row type
-- of their own, whose casts would run as the owner.
DO $$
DECLARE
    net regprocedure;
BEGIN
    FOR net IN SELECT p.oid FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname = 'cutover' AND p.proname LIKE 'net\_%' AND p.prosecdef
    LOOP
        EXECUTE 'REVOKE ALL ON FUNCTION ' || net || ' FROM PUBLIC';
    END LOOP;
END $$;
