-- The servers' incarnations that the verification compared: when one of them has crashed, it proves nothing any more.
ALTER TABLE tenant ADD COLUMN verify_incarnation text;
