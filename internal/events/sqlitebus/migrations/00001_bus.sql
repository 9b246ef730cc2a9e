-- +goose Up
CREATE TABLE events (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    id      TEXT UNIQUE, -- NULL for a broadcast
    type    TEXT    NOT NULL,
    subject TEXT    NOT NULL,
    version INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    trace   TEXT    NOT NULL,
    data    BLOB    NOT NULL
);
CREATE TABLE consumers (
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    PRIMARY KEY (name, type)
) WITHOUT ROWID;
-- One row per consumer until the event is handled.
CREATE TABLE deliveries (
    consumer TEXT    NOT NULL,
    seq      INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    due      INTEGER NOT NULL,
    PRIMARY KEY (consumer, seq)
) WITHOUT ROWID;
CREATE TABLE dead_letters (
    consumer TEXT    NOT NULL,
    seq      INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    reason   TEXT    NOT NULL,
    PRIMARY KEY (consumer, seq)
) WITHOUT ROWID;
-- Feeds that stand before this place have missed something.
CREATE TABLE pruned (seq INTEGER NOT NULL);
INSERT INTO pruned VALUES (0);
