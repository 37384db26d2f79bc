-- The same shop in lower case, with money in cents, durations as intervals, one name for customers, stricter rules. How to
-- reach customers is in tables of its own, and what is told of an artist is not.
CREATE TABLE artist (artist_id bigint PRIMARY KEY, name text NOT NULL DEFAULT 'unknown', bio text);
CREATE TABLE album (
    album_id  bigint PRIMARY KEY,
    title     text NOT NULL,
    artist_id bigint NOT NULL REFERENCES artist
);
CREATE INDEX album_by_artist ON album (artist_id, title);
CREATE TABLE genre (genre_id integer PRIMARY KEY, name text);
CREATE TABLE track (
    track_id    bigint PRIMARY KEY,
    name        text NOT NULL,
    album_id    bigint REFERENCES album,
    genre_id    integer REFERENCES genre,
    composer    text,
    duration    interval NOT NULL CHECK (duration > '0'),
    bytes       bigint,
    price_cents bigint NOT NULL,
    price       numeric(10, 2) GENERATED ALWAYS AS (price_cents / 100.0) STORED,
    added_at    timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE playlist (playlist_id integer PRIMARY KEY, name text);
CREATE TABLE playlist_track (
    playlist_id integer NOT NULL REFERENCES playlist,
    track_id    bigint NOT NULL REFERENCES track,
    PRIMARY KEY (playlist_id, track_id)
) PARTITION BY LIST (playlist_id);
CREATE TABLE playlist_track_few PARTITION OF playlist_track FOR VALUES IN (1, 2, 3);
CREATE TABLE playlist_track_rest PARTITION OF playlist_track DEFAULT;
CREATE TABLE employee (
    employee_id integer PRIMARY KEY,
    last_name   varchar(80) NOT NULL,
    first_name  varchar(80) NOT NULL,
    reports_to  integer REFERENCES employee,
    born_on     timestamp
);
CREATE TABLE customer (
    customer_id    bigint PRIMARY KEY,
    names          text[] NOT NULL CHECK (array_length(names, 1) = 2),
    support_rep_id integer REFERENCES employee
);
CREATE TABLE customer_contact (
    customer_id bigint PRIMARY KEY REFERENCES customer ON DELETE CASCADE,
    email       varchar(120) NOT NULL
);
CREATE TABLE customer_phone (
    phone_id bigserial PRIMARY KEY,
    number   text NOT NULL,
    owner    bigint NOT NULL UNIQUE REFERENCES customer ON DELETE CASCADE
);
CREATE TABLE invoice (
    invoice_id  bigint PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES customer,
    invoiced_at timestamptz NOT NULL,
    total_cents bigint NOT NULL
);
CREATE TABLE invoice_line (
    invoice_line_id bigint PRIMARY KEY,
    invoice_id      bigint NOT NULL REFERENCES invoice ON DELETE CASCADE,
    track_id        bigint NOT NULL REFERENCES track,
    price_cents     bigint NOT NULL,
    quantity        smallint NOT NULL CHECK (quantity > 0)
);
CREATE VIEW "Genre" AS SELECT genre_id AS "GenreId", name AS "Name" FROM genre;
CREATE VIEW "Playlist" AS SELECT playlist_id AS "PlaylistId", name AS "Name" FROM playlist;
