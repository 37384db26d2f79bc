-- What a backfill has still to copy of a table: its blocks, and those of each of its partitions, in slices that are copied side
-- by side. A slice changes in the same transaction as the rows it counts, or after them.
CREATE TABLE backfill_slice (
    tenant      text NOT NULL,
    tbl         text NOT NULL,
    relation    oid NOT NULL,           -- the table, or its partition
    filenode    oid NOT NULL,           -- another one means that the rows have moved
    first_block bigint NOT NULL,
    next_block  bigint NOT NULL,        -- those before it are copied
    end_block   bigint NOT NULL,        -- the first one that is not the slice's
    copied      bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant, tbl, relation, first_block)
);
ALTER TABLE backfill DROP COLUMN last_key;

-- How far a verification has come that has found no difference yet. Gone when it ends.
CREATE TABLE verification (
    tenant   text NOT NULL,
    tbl      text NOT NULL,
    side     text NOT NULL,             -- the one that serves
    last_key jsonb,                     -- up to this key, inclusive, the table is compared; null: not at all, or, if done, wholly
    compared bigint NOT NULL DEFAULT 0,
    done     boolean NOT NULL DEFAULT false,
    began_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant, tbl)
);
