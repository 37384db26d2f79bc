-- Proxies whose lease had run out when another proxy took over a tenant. They get no maintenance connection any more.
CREATE TABLE expelled (
    proxy text PRIMARY KEY,
    at    timestamptz NOT NULL DEFAULT now()
);
