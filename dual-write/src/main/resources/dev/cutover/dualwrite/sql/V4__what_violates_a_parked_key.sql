-- A query for the rows that a parked foreign key would refuse: the key's value of each.
ALTER TABLE parked ADD COLUMN violations text;
