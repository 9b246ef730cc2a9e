-- +goose Up
CREATE TABLE issues (
    serial     INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT    NOT NULL UNIQUE,
    trip       TEXT    NOT NULL,
    car        TEXT    NOT NULL,
    account    TEXT    NOT NULL,
    state      TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    doc        BLOB    NOT NULL,
    key        TEXT, -- the Idempotency-Key of its request; null without one
    key_hash   TEXT,
    uploads    BLOB  -- what that request was answered beside the issue
);
CREATE UNIQUE INDEX issues_key ON issues (account, key); -- nulls are not unique
CREATE INDEX issues_of_trip ON issues (trip, serial);
CREATE INDEX issues_of_car ON issues (car, serial);
CREATE INDEX issues_of_account ON issues (account, serial);
CREATE INDEX issues_of_state ON issues (state, serial);
