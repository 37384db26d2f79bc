-- One row that does not outlive the server: after a crash, or on a standby that takes over, an unlogged table is empty. So are
-- the tenants' own unlogged tables. A proof that the sides are equal holds only while the row is there.
CREATE UNLOGGED TABLE incarnation (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    id  uuid NOT NULL
);
