-- +goose Up
-- The accounts that may have no objects any more.
CREATE TABLE erased (
    owner TEXT PRIMARY KEY
) WITHOUT ROWID;
