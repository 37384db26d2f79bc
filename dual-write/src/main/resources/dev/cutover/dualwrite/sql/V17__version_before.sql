-- Where undo leads back to if no version is named: the one before the last migration in place.
ALTER TABLE made_by_migrations ADD COLUMN before text;
