package sqlite

import "freecar/internal/sqlitex"

// DB is the file for the tests of the ledger, which look beneath the ports.
func (s *Store) DB() *sqlitex.DB { return s.db }
