-- The backfill of a table that is append-only looks for the mark of each row's place. Other keys may be too long for an index.
CREATE INDEX dirty_key_place ON dirty_key (tenant, tbl, key) WHERE jsonb_typeof(key->2) = 'object';
