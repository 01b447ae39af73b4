CREATE TABLE broadcast_outbox (
    -- The ids must grow in the order in which they are drawn: no CACHE.
    id           BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id     TEXT   NOT NULL,
    part         INT    NOT NULL,            -- which request of the event, from 1
    name         TEXT   NOT NULL,
    channels     TEXT   NOT NULL,            -- a JSON array of names
    data         TEXT   NOT NULL,            -- the payload as JSON, with the event_id
    socket_id    TEXT,
    created_at   BIGINT NOT NULL,            -- all times: Unix milliseconds
    attempts     INT    NOT NULL DEFAULT 0,
    available_at BIGINT NOT NULL DEFAULT 0,  -- not tried before
    last_error   TEXT,
    dead_at      BIGINT,                     -- given up
    UNIQUE (event_id, part)
);

CREATE INDEX broadcast_outbox_undelivered ON broadcast_outbox (id) WHERE dead_at IS NULL;
CREATE INDEX broadcast_outbox_dead ON broadcast_outbox (id) WHERE dead_at IS NOT NULL;
