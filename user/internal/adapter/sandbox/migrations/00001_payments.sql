-- +goose Up
CREATE TABLE charges (
    id     TEXT PRIMARY KEY,
    amount INTEGER NOT NULL -- minor units
) STRICT, WITHOUT ROWID;
