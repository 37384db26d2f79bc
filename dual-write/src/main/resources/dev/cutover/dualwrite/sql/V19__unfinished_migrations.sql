-- Migrations in place have begun and not ended: a script has failed, or the proxy has died. Until they have, "before" stays as it is.
ALTER TABLE made_by_migrations ADD COLUMN unfinished boolean NOT NULL DEFAULT false;
