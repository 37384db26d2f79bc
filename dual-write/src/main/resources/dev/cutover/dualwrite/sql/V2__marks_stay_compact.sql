-- Marks come and go all the time. Room is made of the deleted ones early, by whole pages that are used again: to cut the file
-- would need a lock that writers wait for.
ALTER TABLE dirty_key SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
    autovacuum_vacuum_cost_delay = 0, vacuum_truncate = false);
