-- +goose Up
-- The odometer when its trip locked the car; NULL when none has.
ALTER TABLE cars ADD COLUMN paused_at_m INTEGER;
