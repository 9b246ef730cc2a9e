-- +goose Up
-- The device that waits for a car; NULL when none does.
ALTER TABLE cars ADD COLUMN next_device_id TEXT;
CREATE INDEX cars_next_device ON cars (next_device_id) WHERE next_device_id IS NOT NULL;

-- Devices that speak for no car any more, ever: news of a registration may come later
-- than that of its end.
CREATE TABLE revoked_devices (
    id TEXT    PRIMARY KEY,
    at INTEGER NOT NULL
) WITHOUT ROWID;
