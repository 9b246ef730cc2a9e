-- +goose Up
-- doc is the whole car; the columns repeat what queries need.
CREATE TABLE cars (
    id              TEXT    PRIMARY KEY,
    plate           TEXT    NOT NULL UNIQUE,
    model           TEXT    NOT NULL,
    pricing_plan_id TEXT    NOT NULL,
    state           TEXT    NOT NULL,
    lock            TEXT    NOT NULL,
    device_id       TEXT,    -- NULL without a device
    deadline        INTEGER, -- of the first waiting command; NULL without one
    claimed_at      INTEGER, -- NULL without a claim
    changed_at      INTEGER NOT NULL,
    version         INTEGER NOT NULL,
    doc             BLOB    NOT NULL
);
CREATE INDEX cars_device   ON cars (device_id, id) WHERE device_id IS NOT NULL;
CREATE INDEX cars_deadline ON cars (deadline)      WHERE deadline IS NOT NULL;
CREATE INDEX cars_claimed  ON cars (id)            WHERE claimed_at IS NOT NULL;

-- Which car remembers a command.
CREATE TABLE commands (
    id     TEXT PRIMARY KEY,
    car_id TEXT NOT NULL
) WITHOUT ROWID;

-- The latest reading of each car: no part of the document, since it comes far more
-- often than changes do. at is the device's time, 0 for a reading that staff gave.
CREATE TABLE readings (
    car_id         TEXT    PRIMARY KEY,
    at             INTEGER NOT NULL,
    received_at    INTEGER NOT NULL,
    latitude       REAL    NOT NULL,
    longitude      REAL    NOT NULL,
    charge_percent REAL    NOT NULL,
    odometer_m     INTEGER NOT NULL,
    speed_kmh      REAL    NOT NULL,
    locked         INTEGER NOT NULL,
    doors_open     INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE idempotency (
    principal TEXT    NOT NULL,
    operation TEXT    NOT NULL,
    key       TEXT    NOT NULL,
    hash      TEXT    NOT NULL,
    answer    BLOB    NOT NULL, -- the car as it was answered
    at        INTEGER NOT NULL,
    PRIMARY KEY (principal, operation, key)
) WITHOUT ROWID;
CREATE INDEX idempotency_age ON idempotency (at);
