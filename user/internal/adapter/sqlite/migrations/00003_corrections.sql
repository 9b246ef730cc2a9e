-- +goose Up
ALTER TABLE holds ADD COLUMN refunded INTEGER NOT NULL DEFAULT 0;
-- Who of the staff booked an entry, and why.
CREATE TABLE corrections (
    entry_id TEXT PRIMARY KEY,
    actor    TEXT NOT NULL,
    reason   TEXT NOT NULL
) STRICT, WITHOUT ROWID;
-- What a key was used for is a top-up or the entry of a correction.
ALTER TABLE idempotency_keys RENAME COLUMN top_up_id TO effect_id;
