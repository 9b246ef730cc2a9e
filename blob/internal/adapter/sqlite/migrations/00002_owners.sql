-- +goose Up
CREATE INDEX objects_of_owner ON objects (owner, id);
