-- +goose Up
-- Until now every letter died of the same number of attempts.
ALTER TABLE dead_letters ADD COLUMN attempts INTEGER NOT NULL DEFAULT 20;
