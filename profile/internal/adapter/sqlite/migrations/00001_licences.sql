-- +goose Up
CREATE TABLE licences (
    account      TEXT    PRIMARY KEY,
    status       TEXT    NOT NULL,
    submitted_at INTEGER, -- null until submitted
    doc          BLOB    NOT NULL
) WITHOUT ROWID;
CREATE INDEX licences_submitted ON licences (submitted_at, account) WHERE submitted_at IS NOT NULL;
CREATE INDEX licences_of_status ON licences (status, submitted_at, account) WHERE submitted_at IS NOT NULL;

CREATE TABLE idempotency (
    principal TEXT    NOT NULL,
    operation TEXT    NOT NULL,
    key       TEXT    NOT NULL,
    hash      TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    answer    BLOB    NOT NULL,
    PRIMARY KEY (principal, operation, key)
) WITHOUT ROWID;
CREATE INDEX idempotency_at ON idempotency (at);
