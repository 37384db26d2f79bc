-- The schema in the tenant's databases that keeps its marks and its parked constraints: it must not change while it holds any.
ALTER TABLE tenant ADD COLUMN transition_schema text NOT NULL DEFAULT 'cutover';
