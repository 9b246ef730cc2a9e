-- +goose Up
ALTER TABLE sessions ADD COLUMN previous BLOB;      -- NULL for none
ALTER TABLE sessions ADD COLUMN rotated_at INTEGER; -- NULL for never
