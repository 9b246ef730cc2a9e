-- +goose Up
-- The accounts whose persons are forgotten: nothing of them is written any more.
CREATE TABLE erased (
    account TEXT PRIMARY KEY
) WITHOUT ROWID;
