-- +goose Up
-- The number of a verified licence; null for any other, so that only those are unique.
ALTER TABLE licences ADD COLUMN number_key TEXT;
CREATE UNIQUE INDEX licences_number ON licences (number_key);
-- Of two that were verified with one number before, the first to come keeps it.
UPDATE OR IGNORE licences SET number_key = json_extract(CAST(doc AS TEXT), '$.country') || '/' ||
    upper(replace(replace(replace(json_extract(CAST(doc AS TEXT), '$.number'), ' ', ''), '-', ''), '/', ''))
WHERE status = 'verified';

-- Licences whose photo waits to be read.
CREATE TABLE unread (
    account  TEXT    PRIMARY KEY,
    photo_id TEXT    NOT NULL,
    due_at   INTEGER NOT NULL,
    attempts INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX unread_due ON unread (due_at, account);
