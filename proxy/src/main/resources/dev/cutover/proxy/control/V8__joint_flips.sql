-- Flips of several tenants at one instant: the last of them that holds its clients commits the routes of all in its transaction.
CREATE TABLE joint_flip (
    id       text PRIMARY KEY,
    state    text NOT NULL DEFAULT 'GATHERING', -- GATHERING, HOLDING, COMMITTED, CANCELLED
    culprit  text,                              -- the tenant that it was cancelled for
    reason   text,
    asked_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE joint_flip_member (
    joint    text NOT NULL REFERENCES joint_flip (id) ON DELETE CASCADE,
    tenant   text NOT NULL,
    stage    text NOT NULL DEFAULT 'ASKED',     -- ASKED, READY, HELD
    -- Once it is HELD: which version of its row may change, and to what.
    leader   text,
    revision bigint,
    phase    text,
    serving  text,
    last_end text,
    PRIMARY KEY (joint, tenant)
);
