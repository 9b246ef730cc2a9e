package sqlitex

// Queued is how many writes wait for the writer.
func (db *DB) Queued() int { return len(db.writer.queue) }
