-- +goose Up
-- What goes on, which is counted often.
CREATE INDEX trips_live ON trips (state) WHERE state NOT IN ('finished', 'cancelled');
