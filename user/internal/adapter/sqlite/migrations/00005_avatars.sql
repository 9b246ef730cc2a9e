-- +goose Up
CREATE TABLE avatars (
    account_id TEXT    PRIMARY KEY,
    blob_id    TEXT    NOT NULL, -- empty for none
    next_id    TEXT    NOT NULL, -- empty for none
    version    INTEGER NOT NULL
) WITHOUT ROWID;
