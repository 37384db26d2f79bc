-- Orders of warehouses: keys of up to four columns, hot rows, fixed-length text, a history without a key, partitions.
CREATE TABLE warehouse (
    w_id smallint PRIMARY KEY, w_name varchar(10) NOT NULL, w_state char(2) NOT NULL,
    w_tax numeric(4, 4) NOT NULL, w_ytd numeric(12, 2) NOT NULL
);
CREATE TABLE district (
    d_w_id smallint NOT NULL REFERENCES warehouse, d_id smallint NOT NULL,
    d_ytd numeric(12, 2) NOT NULL, d_next_o_id integer NOT NULL,
    PRIMARY KEY (d_w_id, d_id)
);
CREATE TABLE customer (
    c_w_id smallint NOT NULL, c_d_id smallint NOT NULL, c_id integer NOT NULL,
    c_first varchar(16) NOT NULL, c_middle char(2) NOT NULL, c_last varchar(16) NOT NULL,
    c_balance numeric(12, 2) NOT NULL, c_data text NOT NULL,
    PRIMARY KEY (c_w_id, c_d_id, c_id),
    FOREIGN KEY (c_w_id, c_d_id) REFERENCES district
);
CREATE INDEX customer_by_name ON customer (c_w_id, c_d_id, c_last);
CREATE TABLE history (
    h_c_id integer NOT NULL, h_c_d_id smallint NOT NULL, h_c_w_id smallint NOT NULL,
    h_date timestamp NOT NULL DEFAULT clock_timestamp(), h_amount numeric(6, 2) NOT NULL
);
CREATE TABLE orders (
    o_w_id smallint NOT NULL, o_d_id smallint NOT NULL, o_id integer NOT NULL, o_c_id integer NOT NULL,
    o_entry timestamp NOT NULL DEFAULT clock_timestamp(), o_lines smallint NOT NULL,
    PRIMARY KEY (o_w_id, o_d_id, o_id),
    FOREIGN KEY (o_w_id, o_d_id, o_c_id) REFERENCES customer
);
CREATE TABLE order_line (
    ol_w_id smallint NOT NULL, ol_d_id smallint NOT NULL, ol_o_id integer NOT NULL, ol_number smallint NOT NULL,
    ol_i_id integer NOT NULL, ol_amount numeric(6, 2) NOT NULL, ol_dist char(24) NOT NULL,
    PRIMARY KEY (ol_w_id, ol_d_id, ol_o_id, ol_number),
    FOREIGN KEY (ol_w_id, ol_d_id, ol_o_id) REFERENCES orders ON DELETE CASCADE
) PARTITION BY RANGE (ol_w_id);
CREATE TABLE order_line_1 PARTITION OF order_line FOR VALUES FROM (0) TO (2);
CREATE TABLE order_line_2 PARTITION OF order_line FOR VALUES FROM (2) TO (100);
CREATE TABLE stock (
    s_w_id smallint NOT NULL, s_i_id integer NOT NULL, s_quantity smallint NOT NULL,
    s_dist_01 char(24) NOT NULL, s_dist_02 char(24) NOT NULL,
    PRIMARY KEY (s_w_id, s_i_id)
);

INSERT INTO warehouse SELECT i, 'W' || i, 'NY', 0.0001 * i, 300000 FROM generate_series(1, 3) AS i;
INSERT INTO district SELECT w, d, 30000, 101 FROM generate_series(1, 3) AS w, generate_series(1, 4) AS d;
INSERT INTO customer SELECT w, d, c, 'First' || c, 'OE', 'BAR' || c % 20, -10, repeat(md5(c::text), 1 + c % 100)
  FROM generate_series(1, 3) AS w, generate_series(1, 4) AS d, generate_series(1, 50) AS c;
INSERT INTO history SELECT c, d, w, timestamp '2024-01-01', 10 FROM generate_series(1, 3) AS w, generate_series(1, 4) AS d, generate_series(1, 50) AS c;
INSERT INTO orders SELECT w, d, o, 1 + o % 50, timestamp '2024-01-01' + o * interval '1 minute', 3
  FROM generate_series(1, 3) AS w, generate_series(1, 4) AS d, generate_series(1, 100) AS o;
INSERT INTO order_line SELECT o_w_id, o_d_id, o_id, n, 1 + (o_id * n) % 200, n + 0.5, 'dist ' || n
  FROM orders, generate_series(1, 3) AS n;
INSERT INTO stock SELECT w, i, 50 + i % 50, 'one ' || i, 'two ' || i FROM generate_series(1, 3) AS w, generate_series(1, 200) AS i;
