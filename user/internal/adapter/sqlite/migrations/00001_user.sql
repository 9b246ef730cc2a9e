-- +goose Up
CREATE TABLE accounts (
    id            TEXT PRIMARY KEY,
    email         TEXT UNIQUE, -- NULL for none
    phone         TEXT UNIQUE, -- NULL for none
    name          TEXT    NOT NULL,
    roles         TEXT    NOT NULL, -- names between commas: ,rider,support,
    status        TEXT    NOT NULL,
    password_hash TEXT    NOT NULL,
    created_at    INTEGER NOT NULL,
    version       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX accounts_newest ON accounts (created_at, id);

CREATE TABLE sessions (
    id         TEXT PRIMARY KEY,
    kind       TEXT    NOT NULL,
    subject_id TEXT    NOT NULL,
    current    BLOB    NOT NULL,
    started_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    ended_at   INTEGER -- NULL while it lives
) STRICT, WITHOUT ROWID;
-- Every refresh token there ever was, so that a spent one is known when it comes back.
CREATE TABLE refresh_tokens (
    hash       BLOB PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id);

CREATE TABLE devices (
    id          TEXT PRIMARY KEY,
    name        TEXT    NOT NULL,
    car_ids     TEXT    NOT NULL, -- joined with commas
    secret_hash BLOB    NOT NULL,
    created_at  INTEGER NOT NULL,
    version     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The ledger. Amounts are minor units. An entry's amount is what the rider sees of it; its
-- postings are what it does, and they sum to zero. A balance is the sum of the postings.
CREATE TABLE entries (
    account_id TEXT    NOT NULL,
    id         TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    kind       TEXT    NOT NULL,
    amount     INTEGER NOT NULL,
    trip_id    TEXT    NOT NULL,
    PRIMARY KEY (account_id, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE postings (
    entry_id       TEXT    NOT NULL,
    ledger_account TEXT    NOT NULL,
    amount         INTEGER NOT NULL,
    PRIMARY KEY (entry_id, ledger_account)
) STRICT, WITHOUT ROWID;
CREATE TABLE balances (
    ledger_account TEXT PRIMARY KEY,
    amount         INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE holds (
    trip_id    TEXT PRIMARY KEY,
    id         TEXT    NOT NULL,
    account_id TEXT    NOT NULL,
    amount     INTEGER NOT NULL,
    captured   INTEGER NOT NULL,
    state      TEXT    NOT NULL,
    placed_at  INTEGER NOT NULL,
    settled_at INTEGER, -- NULL while placed
    version    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE top_ups (
    id         TEXT PRIMARY KEY,
    account_id TEXT    NOT NULL,
    amount     INTEGER NOT NULL,
    state      TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    settled_at INTEGER, -- NULL while pending
    version    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX top_ups_pending ON top_ups (at, id) WHERE state = 'pending';

CREATE TABLE idempotency_keys (
    principal TEXT    NOT NULL,
    operation TEXT    NOT NULL,
    value     TEXT    NOT NULL,
    body_hash TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    top_up_id TEXT    NOT NULL,
    PRIMARY KEY (principal, operation, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_at ON idempotency_keys (at);
CREATE INDEX idempotency_keys_top_up ON idempotency_keys (top_up_id);
