-- +goose Up
-- Who of the staff did what: one row per event.
CREATE TABLE audit (
    id      TEXT PRIMARY KEY, -- the event's
    at      INTEGER NOT NULL,
    actor   TEXT    NOT NULL,
    action  TEXT    NOT NULL,
    subject TEXT    NOT NULL,
    trace   TEXT    NOT NULL,
    detail  TEXT    NOT NULL -- JSON, texts by name
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_newest ON audit (at, id);
CREATE INDEX audit_actor ON audit (actor, at, id);
CREATE INDEX audit_subject ON audit (subject, at, id);
