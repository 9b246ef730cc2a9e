-- +goose Up
ALTER TABLE refresh_tokens ADD COLUMN spent_at INTEGER; -- NULL for the latest, and for those spent before this column
CREATE INDEX refresh_tokens_spent ON refresh_tokens (spent_at) WHERE spent_at IS NOT NULL;
