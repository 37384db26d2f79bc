-- The backfill of a table that is append-only looks for the mark of each row's place.
CREATE INDEX dirty_key_place ON dirty_key (tenant, tbl, key) WHERE key->>2 = 'place';
