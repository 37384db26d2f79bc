-- A query that counts the rows which a parked foreign key would refuse.
ALTER TABLE parked ADD COLUMN violations text;
