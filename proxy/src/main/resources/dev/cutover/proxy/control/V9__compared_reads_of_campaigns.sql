-- For the campaign gate reads-agree: how many compared reads have differed in that time.
ALTER TABLE client_figures ADD COLUMN reads_differ bigint NOT NULL DEFAULT 0;
