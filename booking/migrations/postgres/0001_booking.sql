CREATE TABLE users (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name TEXT NOT NULL,
    email TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('admin', 'user')),
    created_at TIMESTAMPTZ NOT NULL
);

-- Bearer tokens, as Laravel Sanctum keeps them: `token` is the SHA-256 of the part after the bar.
CREATE TABLE personal_access_tokens (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    token TEXT NOT NULL UNIQUE CHECK (length(token) = 64),
    abilities TEXT NOT NULL,
    last_used_at TIMESTAMPTZ,
    expires_at TIMESTAMPTZ NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX personal_access_tokens_user_id ON personal_access_tokens (user_id);
CREATE INDEX personal_access_tokens_expires_at ON personal_access_tokens (expires_at);

-- `version` is where the versions of days begin that have no row in session_dates yet.
CREATE TABLE sessions (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name TEXT NOT NULL,
    start_time TEXT NOT NULL CHECK (length(start_time) = 5),
    end_time TEXT NOT NULL CHECK (end_time > start_time),
    timezone TEXT NOT NULL,
    price BIGINT NOT NULL CHECK (price >= 0),
    max_capacity BIGINT NOT NULL CHECK (max_capacity >= 0),
    version BIGINT NOT NULL DEFAULT 0
);

-- The days of a session on which something is special: places are taken, or the capacity is not the session's.
CREATE TABLE session_dates (
    session_id BIGINT NOT NULL REFERENCES sessions (id),
    date DATE NOT NULL,
    capacity BIGINT NOT NULL,
    own_capacity BOOLEAN NOT NULL DEFAULT FALSE,
    booked BIGINT NOT NULL DEFAULT 0,
    version BIGINT NOT NULL,
    PRIMARY KEY (session_id, date),
    CHECK (booked BETWEEN 0 AND capacity)
);

CREATE TABLE bookings (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id),
    booking_date DATE NOT NULL,
    booking_code TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL CHECK (status IN ('pending', 'confirmed', 'cancelled', 'completed', 'expired')),
    payment_status TEXT NOT NULL
        CHECK (payment_status IN ('unpaid', 'pending', 'paid', 'failed', 'refunded')),
    -- What the simulated provider will answer, and when; both are there while the payment is pending.
    payment_outcome TEXT CHECK (payment_outcome IN ('succeed', 'fail')),
    payment_due_at TIMESTAMPTZ,
    expires_at TIMESTAMPTZ NOT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    FOREIGN KEY (session_id, booking_date) REFERENCES session_dates (session_id, date)
);
CREATE INDEX bookings_user_id ON bookings (user_id);
CREATE INDEX bookings_day ON bookings (session_id, booking_date);
-- What the clerk looks for.
CREATE INDEX bookings_payment_due_at ON bookings (payment_due_at) WHERE payment_status = 'pending';
CREATE INDEX bookings_expires_at ON bookings (expires_at) WHERE status = 'pending';
CREATE INDEX bookings_confirmed ON bookings (booking_date) WHERE status = 'confirmed';

-- A row without a user is for everybody.
CREATE TABLE notifications (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id BIGINT REFERENCES users (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('booking', 'payment', 'system')),
    title TEXT NOT NULL,
    message TEXT NOT NULL,
    data TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX notifications_user_id ON notifications (user_id);

CREATE TABLE notification_reads (
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    notification_id BIGINT NOT NULL REFERENCES notifications (id) ON DELETE CASCADE,
    read_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (user_id, notification_id)
);

-- Answers of requests that may be repeated. `status` and `body` are filled in by the transaction that makes the row.
CREATE TABLE idempotency_keys (
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    fingerprint BYTEA NOT NULL,
    status BIGINT NOT NULL DEFAULT 0,
    body TEXT NOT NULL DEFAULT '',
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (user_id, key)
);
CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at);
