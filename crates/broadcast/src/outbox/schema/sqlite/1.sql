CREATE TABLE broadcast_outbox (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id     TEXT    NOT NULL,
    part         INTEGER NOT NULL,            -- which request of the event, from 1
    name         TEXT    NOT NULL,
    channels     TEXT    NOT NULL,            -- a JSON array of names
    data         TEXT    NOT NULL,            -- the payload as JSON, with the event_id
    socket_id    TEXT,
    created_at   INTEGER NOT NULL,            -- all times: Unix milliseconds
    attempts     INTEGER NOT NULL DEFAULT 0,
    available_at INTEGER NOT NULL DEFAULT 0,  -- not tried before
    last_error   TEXT,
    dead_at      INTEGER,                     -- given up
    UNIQUE (event_id, part)
) STRICT;

CREATE INDEX broadcast_outbox_undelivered ON broadcast_outbox (id) WHERE dead_at IS NULL;
CREATE INDEX broadcast_outbox_dead ON broadcast_outbox (id) WHERE dead_at IS NOT NULL;
