-- Tenants whose backfill or verification is paused; in the serving side's database.
CREATE TABLE paused (
    tenant text PRIMARY KEY,
    since  timestamptz NOT NULL DEFAULT clock_timestamp()
);
