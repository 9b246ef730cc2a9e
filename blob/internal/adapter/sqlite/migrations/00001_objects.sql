-- +goose Up
CREATE TABLE objects (
    id            TEXT    PRIMARY KEY,
    owner         TEXT    NOT NULL,
    purpose       TEXT    NOT NULL,
    content_type  TEXT    NOT NULL,
    max_size      INTEGER NOT NULL,
    size          INTEGER NOT NULL,
    state         TEXT    NOT NULL,
    created_at    INTEGER NOT NULL,
    upload_before INTEGER NOT NULL,
    stored_at     INTEGER, -- null until confirmed
    next_at       INTEGER, -- null when the sweep has nothing to do
    version       INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX objects_due ON objects (id, next_at) WHERE next_at IS NOT NULL;
