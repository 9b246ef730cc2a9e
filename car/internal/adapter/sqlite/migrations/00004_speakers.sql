-- +goose Up
-- Which device said it; NULL for a reading that staff gave.
ALTER TABLE readings ADD COLUMN device_id TEXT;
UPDATE readings SET device_id = (SELECT device_id FROM cars WHERE cars.id = readings.car_id) WHERE at > 0;
