-- What the net asks of each changed row: was it changed by anything but a mirrored statement of this token? One call, since
-- PostgreSQL parses a trigger's WHEN anew for each execution of a statement, and the more there is the longer it takes.
--
-- current_query() copies the whole text, which for a long INSERT of many rows takes longer than all the rest. So that a long text
-- is not mirrored is kept, as the time at which the client's statement began, until its end. Were two statements to begin
-- at the same microsecond, the second one's rows would be marked though they need not be; nothing else hangs on it.
--
-- Operators and functions are named by schema: a writer's search_path must not decide what is marked.
CREATE OR REPLACE FUNCTION cutover.unmirrored(token text) RETURNS boolean LANGUAGE plpgsql AS $$
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
    IF pg_catalog.starts_with(pg_catalog.current_query(), token) THEN
        RETURN false;
    END IF;
    IF pg_catalog.octet_length(pg_catalog.current_query()) OPERATOR(pg_catalog.>) 4096 THEN
        PERFORM pg_catalog.set_config(
            'cutover.unmirrored', pg_catalog.text(pg_catalog.statement_timestamp()), false);
    END IF;
    -- Null is no text of a client: a replication worker.
    RETURN true;
END $$;
GRANT EXECUTE ON FUNCTION cutover.unmirrored(text) TO PUBLIC;
