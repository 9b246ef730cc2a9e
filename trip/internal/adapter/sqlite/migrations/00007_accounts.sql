-- +goose Up
-- Of all rentals of an account: a person who is erased also has those that became no trips.
DROP INDEX trips_of_account;
CREATE INDEX trips_of_account ON trips (account, serial);
