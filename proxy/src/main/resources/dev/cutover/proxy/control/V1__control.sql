-- The truth about every tenant. A row changes only by compare-and-set on its revision, before the change takes effect.
CREATE TABLE tenant (
    name              text PRIMARY KEY,
    phase             text NOT NULL,
    serving           text NOT NULL,
    epoch             bigint NOT NULL,
    switching_from    text,            -- in SWITCHING: the phase that an interrupted flip is undone to
    token             text,            -- begins every mirrored statement; set while mirroring
    pending_work      text,            -- what a restart takes up again: BACKFILL or CLEANUP
    verify_rows       bigint NOT NULL DEFAULT 0,
    verify_mismatches bigint NOT NULL DEFAULT 0,
    verified_at       timestamptz,
    revision          bigint NOT NULL DEFAULT 0,
    updated_at        timestamptz NOT NULL DEFAULT now()
);

-- Who asked for what, and what came of it.
CREATE TABLE audit (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      timestamptz NOT NULL DEFAULT now(),
    tenant  text NOT NULL,
    actor   text NOT NULL,
    command text NOT NULL,
    result  text NOT NULL,
    message text NOT NULL
);
CREATE INDEX audit_tenant ON audit (tenant, id);
