-- The proxies that share this control database. A lease tells whether a proxy is alive; no correctness depends on it.
CREATE TABLE proxy (
    id          text PRIMARY KEY,        -- of one process: a restart is another proxy
    number      integer NOT NULL UNIQUE, -- part of the process ids that its clients know
    address     text NOT NULL,           -- where clients reach it
    peer        text NOT NULL,           -- where other proxies do
    version     text NOT NULL,
    config      text NOT NULL,           -- digest of its configuration
    sessions    integer NOT NULL DEFAULT 0,
    drain       boolean NOT NULL DEFAULT false, -- it was asked to drain
    started_at  timestamptz NOT NULL DEFAULT now(),
    renewed_at  timestamptz NOT NULL DEFAULT now(),
    lease_until timestamptz NOT NULL
);

-- The numbers of the proxies whose sessions have not ended.
CREATE VIEW proxy_lock AS
SELECT objid::bigint::integer AS number, pid FROM pg_locks
WHERE locktype = 'advisory' AND classid = 1668576880 AND objsubid = 2 AND granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database());

-- The proxies that are alive: the lease runs, and the session that holds the proxy's lock has not ended. A restart of the server ends
-- every session; until a proxy has renewed its lease after that, only the lease counts.
CREATE VIEW live_proxy AS
SELECT p.* FROM proxy p
WHERE p.lease_until > now()
  AND (p.renewed_at <= pg_postmaster_start_time() OR p.number IN (SELECT number FROM proxy_lock));

-- The proxies that a leader waits for. One that has lost its session renews its lease within a second.
CREATE VIEW awaited_proxy AS
SELECT p.* FROM proxy p
WHERE p.lease_until > now()
  AND (p.renewed_at > now() - interval '2 s' OR p.id IN (SELECT id FROM live_proxy));

ALTER TABLE tenant ADD COLUMN leader text;                         -- the proxy that runs the tenant's operations and resync
ALTER TABLE tenant ADD COLUMN last_end text;                       -- FLIP, ROLLBACK, COMPLETE or ABORT: the last of them since prepare
ALTER TABLE tenant ADD COLUMN held boolean NOT NULL DEFAULT false; -- every proxy closes its gate, outside of SWITCHING too

-- Proxies that led a tenant and were dead when another one claimed it. They are still to be expelled from the tenant's databases.
CREATE TABLE expulsion (
    tenant text NOT NULL,
    proxy  text NOT NULL,
    PRIMARY KEY (tenant, proxy)
);

-- That a proxy runs no transaction of a tenant whose gate it was to close; or which ones it still runs.
CREATE TABLE acknowledgement (
    tenant   text NOT NULL,
    proxy    text NOT NULL REFERENCES proxy (id) ON DELETE CASCADE,
    revision bigint NOT NULL, -- of the tenant's row that asked for it
    blockers text,            -- JSON; null: drained
    PRIMARY KEY (tenant, proxy)
);

-- What a tenant's leader asks the other proxies before a flip, and their answers: what their clients of the tenant hold. The leader
-- deletes them; what a dead leader leaves is deleted after a minute.
CREATE TABLE survey (
    id       text NOT NULL,
    proxy    text NOT NULL,
    tenant   text NOT NULL,
    whole    boolean NOT NULL, -- false: only the sessions, for a rollback
    answer   text,             -- JSON; null: not yet answered
    asked_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (id, proxy)
);

-- The progress of a backfill or a verification. The tenant's leader writes the row once a second while it runs one.
CREATE TABLE work (
    tenant  text PRIMARY KEY,
    body    text NOT NULL, -- JSON, as the admin API shows it
    seen_at timestamptz NOT NULL DEFAULT now()
);

-- Operations that were asked for, and how they stand.
CREATE TABLE operation (
    id           text PRIMARY KEY,
    tenant       text NOT NULL,
    verb         text NOT NULL,
    request      text NOT NULL, -- JSON
    actor        text NOT NULL,
    proxy        text,          -- that runs or has run it; null: nobody has begun
    ended        boolean NOT NULL DEFAULT false,
    body         text,          -- JSON, as the admin API shows it
    requested_at timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX operation_open ON operation (tenant) WHERE NOT ended;
CREATE INDEX operation_age ON operation (requested_at);
