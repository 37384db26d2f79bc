-- The mapping that the tenant's transition began with, as JSON. The file may change meanwhile; rows that were written by the first
-- mapping would then differ from those written by the second.
ALTER TABLE tenant ADD COLUMN mapping text;
