-- What a backfill does, for those that have none.
INSERT INTO @idle@.orders SELECT id, customer, upper(status), amount, placed_at, note FROM @serving@.orders;
