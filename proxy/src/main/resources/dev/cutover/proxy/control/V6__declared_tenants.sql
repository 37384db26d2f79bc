-- The tenants that are declared outside the configuration files of the proxies.
CREATE TABLE declared_tenant (
    name        text PRIMARY KEY,
    entry       text NOT NULL, -- JSON, as under tenants.NAME of a file
    source      text NOT NULL, -- COMMAND or CATALOG
    place       bigint GENERATED ALWAYS AS IDENTITY, -- of two that exclude each other, the first is served
    declared_at timestamptz NOT NULL DEFAULT now()
);

-- Grows with each change of declared_tenant, so that proxies see a change with one small query. One row.
CREATE TABLE declaration (
    revision         bigint NOT NULL,
    catalog_asked_at timestamptz, -- when a proxy last began to run the query of tenants-from
    catalog_error    text         -- what was wrong with that run or with its rows
);
INSERT INTO declaration (revision) VALUES (0);
