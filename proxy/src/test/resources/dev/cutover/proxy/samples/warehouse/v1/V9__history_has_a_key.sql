ALTER TABLE history ADD COLUMN h_id bigserial PRIMARY KEY;
