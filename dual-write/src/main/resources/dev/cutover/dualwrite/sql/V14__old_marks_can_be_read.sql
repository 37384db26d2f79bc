-- Before V11 every role could insert marks. Resync reads only marks of one form. To resync a key without need changes nothing. So a
-- mark that names no side becomes one of each side's table of that name, and one without a JSON array becomes one of the whole table.
INSERT INTO dirty_key (tenant, side, tbl, key)
    SELECT tenant, 'GREEN', tbl, CASE jsonb_typeof(key) WHEN 'array' THEN key END FROM dirty_key
    WHERE side NOT IN ('BLUE', 'GREEN');
UPDATE dirty_key SET side = CASE side WHEN 'GREEN' THEN side ELSE 'BLUE' END,
    key = CASE jsonb_typeof(key) WHEN 'array' THEN key END
    WHERE side NOT IN ('BLUE', 'GREEN') OR jsonb_typeof(key) <> 'array';
ALTER TABLE dirty_key VALIDATE CONSTRAINT dirty_key_side;
ALTER TABLE dirty_key VALIDATE CONSTRAINT dirty_key_key;
