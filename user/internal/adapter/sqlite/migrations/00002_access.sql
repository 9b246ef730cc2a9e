-- +goose Up
ALTER TABLE accounts ADD COLUMN blocked_for TEXT NOT NULL DEFAULT ''; -- the reason, for staff

ALTER TABLE devices ADD COLUMN revoked_at INTEGER; -- NULL while it may be used

CREATE TABLE second_factors (
    account_id   TEXT PRIMARY KEY,
    sealed       TEXT    NOT NULL, -- the secret, encrypted with a key that is not here
    confirmed_at INTEGER,          -- NULL until the first code came back
    spent        INTEGER NOT NULL,
    wrong        INTEGER NOT NULL,
    locked_until INTEGER
) STRICT, WITHOUT ROWID;

-- For whoever wants to be erased: what is still under way.
CREATE INDEX holds_placed ON holds (account_id) WHERE state = 'placed';
CREATE INDEX top_ups_pending_of ON top_ups (account_id) WHERE state = 'pending';

CREATE INDEX sessions_subject ON sessions (subject_id);

-- Access tokens that count no longer. seq is the order of saving and never comes again.
CREATE TABLE revocations (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    subject TEXT    NOT NULL,
    session TEXT    NOT NULL, -- empty: all of the subject's made before a version, save one
    before  INTEGER NOT NULL,
    spared  TEXT    NOT NULL,
    until   INTEGER NOT NULL
) STRICT;
CREATE INDEX revocations_until ON revocations (until);
