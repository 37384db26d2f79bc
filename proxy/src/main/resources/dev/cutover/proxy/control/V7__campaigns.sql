-- Campaigns: tenants that move in waves. One live proxy runs a campaign at a time; what it does next follows from these rows alone.
CREATE TABLE campaign (
    name       text PRIMARY KEY,
    manifest   text NOT NULL,     -- YAML, as it was given
    state      text NOT NULL,     -- RUNNING, PAUSED, CANCELLING, CANCELLED, ENDED
    reason     text,              -- why it is paused or was cancelled
    leader     text,              -- the proxy that runs it
    failures   integer NOT NULL DEFAULT 0, -- tenants that have failed since the start or the last resume
    started_by text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    ended_at   timestamptz
);

-- Each step is taken by compare-and-set on the revision, so a proxy that only believes that it runs the campaign changes nothing.
CREATE TABLE campaign_tenant (
    campaign   text NOT NULL REFERENCES campaign (name) ON DELETE CASCADE,
    tenant     text NOT NULL,
    wave       integer NOT NULL,  -- from 0
    position   integer NOT NULL,  -- in its wave
    state      text NOT NULL DEFAULT 'WAITING',
    step       text,              -- the verb that runs, or runs next
    operation  text,              -- its id in the table operation, while it runs
    attempts   integer NOT NULL DEFAULT 0, -- of this step that have failed
    reason     text,
    next_at    timestamptz NOT NULL DEFAULT now(), -- nothing is tried before
    flipped_at timestamptz,
    baked_at   timestamptz,
    ended_at   timestamptz,
    revision   bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (campaign, tenant)
);

-- A tenant moves in one campaign at a time.
CREATE UNIQUE INDEX campaign_tenant_moves ON campaign_tenant (tenant) WHERE ended_at IS NULL;

-- How the clients of a tenant that moves in a campaign fared at a proxy, a few seconds each. Deleted when no gate needs it any more.
CREATE TABLE client_figures (
    tenant    text NOT NULL,
    proxy     text NOT NULL,
    at        timestamptz NOT NULL DEFAULT now(), -- the end of the time
    errors    bigint NOT NULL,
    latencies text NOT NULL, -- JSON: how many transactions lie in each bucket
    PRIMARY KEY (tenant, at, proxy)
);
