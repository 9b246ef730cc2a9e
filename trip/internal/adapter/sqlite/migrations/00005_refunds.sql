-- +goose Up
-- All that finance paid back of a trip, in minor units, as of a version of its hold.
CREATE TABLE refunds (
    trip_id TEXT    PRIMARY KEY,
    total   INTEGER NOT NULL,
    version INTEGER NOT NULL
) WITHOUT ROWID;
