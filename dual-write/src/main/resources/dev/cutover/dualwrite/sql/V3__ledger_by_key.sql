-- The ledger: marks whose row the idle side refused, one for each key. By hash, since keys may be longer than a B-tree takes.
CREATE INDEX dirty_key_refused ON dirty_key USING hash (key) WHERE error IS NOT NULL;
