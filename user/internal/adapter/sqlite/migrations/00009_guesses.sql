-- +goose Up
-- Wrong passwords, by a hash of the name and the client that tried.
CREATE TABLE guesses (
    key    BLOB    PRIMARY KEY,
    failed INTEGER NOT NULL,
    until  INTEGER NOT NULL -- they count so long
) STRICT, WITHOUT ROWID;
CREATE INDEX guesses_until ON guesses (until);
