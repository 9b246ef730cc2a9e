-- +goose Up
CREATE TABLE plans (
    id      TEXT    NOT NULL,
    version INTEGER NOT NULL,
    doc     BLOB    NOT NULL,
    PRIMARY KEY (id, version)
) WITHOUT ROWID;

CREATE TABLE zones (
    one     INTEGER PRIMARY KEY CHECK (one = 1), -- the set is replaced as one
    version INTEGER NOT NULL,
    doc     BLOB    NOT NULL
);

CREATE TABLE promotions (
    serial   INTEGER PRIMARY KEY AUTOINCREMENT,
    id       TEXT    NOT NULL UNIQUE,
    code     TEXT    NOT NULL UNIQUE,
    redeemed INTEGER NOT NULL DEFAULT 0, -- trips that have it
    doc      BLOB    NOT NULL
);

CREATE TABLE redemptions (
    start      TEXT    NOT NULL PRIMARY KEY, -- of a trip
    promotion  TEXT    NOT NULL, -- empty: given back before it came
    account    TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    given_back INTEGER -- when; null while the trip has it
) WITHOUT ROWID;
CREATE INDEX redemptions_of_account ON redemptions (promotion, account) WHERE given_back IS NULL;

-- What staff asked for under an idempotency key, with the document as it was answered.
CREATE TABLE tariff_keys (
    principal TEXT    NOT NULL,
    operation TEXT    NOT NULL,
    key       TEXT    NOT NULL,
    hash      TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    answer    BLOB    NOT NULL,
    PRIMARY KEY (principal, operation, key)
) WITHOUT ROWID;
CREATE INDEX tariff_keys_at ON tariff_keys (at);
