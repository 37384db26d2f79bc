-- A shop that sells music, with names that need quotes and keys that applications make.
CREATE TABLE "Artist" ("ArtistId" integer PRIMARY KEY, "Name" varchar(120));
CREATE TABLE "ArtistBio" ("ArtistId" integer PRIMARY KEY REFERENCES "Artist", "Text" varchar(2000) NOT NULL);
CREATE TABLE "Album" (
    "AlbumId"  integer PRIMARY KEY,
    "Title"    varchar(160) NOT NULL,
    "ArtistId" integer NOT NULL REFERENCES "Artist"
);
CREATE INDEX "IFK_AlbumArtistId" ON "Album" ("ArtistId");
CREATE TABLE "Genre" ("GenreId" integer PRIMARY KEY, "Name" varchar(120));
CREATE TABLE "Track" (
    "TrackId"      integer PRIMARY KEY,
    "Name"         varchar(200) NOT NULL,
    "AlbumId"      integer REFERENCES "Album",
    "GenreId"      integer REFERENCES "Genre",
    "Composer"     varchar(220),
    "Milliseconds" integer NOT NULL,
    "Bytes"        integer,
    "UnitPrice"    numeric(10, 2) NOT NULL
);
CREATE TABLE "Playlist" ("PlaylistId" integer PRIMARY KEY, "Name" varchar(120));
CREATE TABLE "PlaylistTrack" (
    "PlaylistId" integer NOT NULL REFERENCES "Playlist",
    "TrackId"    integer NOT NULL REFERENCES "Track",
    PRIMARY KEY ("PlaylistId", "TrackId")
);
CREATE TABLE "Employee" (
    "EmployeeId" integer PRIMARY KEY,
    "LastName"   varchar(20) NOT NULL,
    "FirstName"  varchar(20) NOT NULL,
    "ReportsTo"  integer REFERENCES "Employee",
    "BirthDate"  timestamp
);
CREATE TABLE "Customer" (
    "CustomerId"   integer PRIMARY KEY,
    "FirstName"    varchar(40) NOT NULL,
    "LastName"     varchar(20) NOT NULL,
    "Email"        varchar(60) NOT NULL,
    "Phone"        varchar(24),
    "SupportRepId" integer REFERENCES "Employee"
);
CREATE TABLE "Invoice" (
    "InvoiceId"   integer PRIMARY KEY,
    "CustomerId"  integer NOT NULL REFERENCES "Customer",
    "InvoiceDate" timestamp NOT NULL,
    "Total"       numeric(10, 2) NOT NULL
);
CREATE TABLE "InvoiceLine" (
    "InvoiceLineId" integer PRIMARY KEY,
    "InvoiceId"     integer NOT NULL REFERENCES "Invoice",
    "TrackId"       integer NOT NULL REFERENCES "Track",
    "UnitPrice"     numeric(10, 2) NOT NULL,
    "Quantity"      integer NOT NULL
);

INSERT INTO "Artist" SELECT i, CASE WHEN i % 50 > 0 THEN 'Artist №' || i || ' "Ünï"' END FROM generate_series(1, 270) AS i;
INSERT INTO "ArtistBio" SELECT i, 'Born in ' || i FROM generate_series(1, 270, 4) AS i;
INSERT INTO "Album" SELECT i, 'Album ' || i, 1 + i % 270 FROM generate_series(1, 350) AS i;
INSERT INTO "Genre" SELECT i, 'Genre ' || i FROM generate_series(1, 25) AS i;
INSERT INTO "Track" SELECT i, 'Track ' || i, CASE WHEN i % 30 > 0 THEN 1 + i % 350 END, 1 + i % 25,
    CASE WHEN i % 3 = 0 THEN 'A; B \ C' WHEN i % 3 = 1 THEN '' END, 1000 + i * 37, NULLIF(i * 1000, 5000), 0.99 + i % 2
  FROM generate_series(1, 3500) AS i;
INSERT INTO "Playlist" SELECT i, 'List ' || i FROM generate_series(1, 18) AS i;
INSERT INTO "PlaylistTrack" SELECT 1 + i % 18, 1 + i % 3500 FROM generate_series(1, 8000) AS i ON CONFLICT DO NOTHING;
INSERT INTO "Employee" SELECT i, 'Last' || i, 'First' || i, NULLIF(i / 2, 0), timestamp '1960-02-29' + i * interval '1 year'
  FROM generate_series(1, 8) AS i;
INSERT INTO "Customer" SELECT i, 'Luís' || i, 'Gonçalves' || i, 'luis' || i || '@example.org',
    CASE WHEN i % 3 > 0 THEN '+55 ' || i END, 1 + i % 8 FROM generate_series(1, 60) AS i;
INSERT INTO "Invoice" SELECT i, 1 + i % 60, timestamp '2021-01-01' + i * interval '1 day', (i % 100) + 0.01 FROM generate_series(1, 400) AS i;
INSERT INTO "InvoiceLine" SELECT i, 1 + i % 400, 1 + i % 3500, 0.99, 1 + i % 3 FROM generate_series(1, 2200) AS i;
