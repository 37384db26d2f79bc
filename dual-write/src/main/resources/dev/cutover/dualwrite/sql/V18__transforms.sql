-- Updates of all rows of a table that cutover transform runs in chunks. A chunk and its row here change in one transaction, so that no row
-- of the table is changed twice.
CREATE TABLE transforms (
    tenant    text NOT NULL,
    digest    text NOT NULL,    -- of the statement
    statement text NOT NULL,
    last_key  jsonb,            -- the rows up to this key are done; null: none
    passed    bigint NOT NULL DEFAULT 0,
    changed   bigint NOT NULL DEFAULT 0,
    total     bigint NOT NULL,  -- about, at the start
    began_at  timestamptz NOT NULL DEFAULT now(),
    ended_at  timestamptz,
    PRIMARY KEY (tenant, digest)
);
