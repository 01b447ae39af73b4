-- Users with a page that is open, as the webhooks of the WebSocket server tell.
CREATE TABLE online_users (
    user_id INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    since TEXT NOT NULL
);
