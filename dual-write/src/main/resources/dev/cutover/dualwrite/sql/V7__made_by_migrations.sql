-- A schema of this database as its migrations had made it: its catalog, a line for each thing.
CREATE TABLE made_by_migrations (
    schema_name text PRIMARY KEY,
    version     text NOT NULL,
    lines       text[] NOT NULL,
    at          timestamptz NOT NULL DEFAULT clock_timestamp()
);
