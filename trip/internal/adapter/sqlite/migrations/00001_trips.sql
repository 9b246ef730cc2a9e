-- +goose Up
CREATE TABLE trips (
    serial      INTEGER PRIMARY KEY AUTOINCREMENT,
    id          TEXT    NOT NULL UNIQUE,
    account     TEXT    NOT NULL,
    -- The account while the trip is live, the trip's own id after: one live trip each.
    rental_slot TEXT    NOT NULL UNIQUE,
    state       TEXT    NOT NULL,
    accepted    INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    next_at     INTEGER,
    doc         BLOB    NOT NULL
);
CREATE INDEX trips_of_account ON trips (account, serial) WHERE accepted = 1;
CREATE INDEX trips_due ON trips (next_at) WHERE next_at IS NOT NULL;

CREATE TABLE idempotency (
    principal TEXT    NOT NULL,
    operation TEXT    NOT NULL,
    key       TEXT    NOT NULL,
    hash      TEXT    NOT NULL,
    trip      TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    answer    BLOB, -- the trip as accepted; null until then
    PRIMARY KEY (principal, operation, key)
) WITHOUT ROWID;
CREATE INDEX idempotency_at ON idempotency (at);
