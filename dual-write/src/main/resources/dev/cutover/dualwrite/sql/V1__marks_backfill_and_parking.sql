-- What the transition keeps beside the tenants' own data, in each database that holds a side.

-- "This key of this table may differ on the idle side." Append-only, so that marking never waits for another session.
CREATE TABLE dirty_key (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant    text NOT NULL,
    side      text NOT NULL,          -- the side that was written
    tbl       text NOT NULL,          -- the table's name on that side
    key       jsonb,                  -- the key's values in key order; null: any key of the table
    marked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts  int NOT NULL DEFAULT 0,
    retry_at  timestamptz,
    error     text                    -- why the idle side refused the row
);
CREATE INDEX dirty_key_tenant ON dirty_key (tenant, id);

-- How far each table's backfill has come. A row changes in the same transaction as the rows it counts.
CREATE TABLE backfill (
    tenant   text NOT NULL,
    tbl      text NOT NULL,
    last_key jsonb,
    copied   bigint NOT NULL DEFAULT 0,
    total    bigint NOT NULL,
    done     boolean NOT NULL DEFAULT false,
    PRIMARY KEY (tenant, tbl)
);

-- Foreign keys and triggers taken off the idle side, recorded before they go.
CREATE TABLE parked (
    tenant      text NOT NULL,
    side        text NOT NULL,
    tbl         text NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('FOREIGN KEY', 'TRIGGER')),
    name        text NOT NULL,
    definition  text NOT NULL,
    PRIMARY KEY (tenant, side, tbl, kind, name)
);
