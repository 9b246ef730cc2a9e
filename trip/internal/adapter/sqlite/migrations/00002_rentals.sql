-- +goose Up
ALTER TABLE trips ADD COLUMN car TEXT NOT NULL DEFAULT '';
-- When a reservation was over without a trip; NULL for all else.
ALTER TABLE trips ADD COLUMN lapsed_at INTEGER;
UPDATE trips SET car = json_extract(CAST(doc AS TEXT), '$.car.id');
CREATE INDEX trips_of_car ON trips (car, serial) WHERE accepted = 1;
CREATE INDEX trips_lapsed ON trips (account, car, lapsed_at) WHERE lapsed_at IS NOT NULL;
