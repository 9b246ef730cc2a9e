package sqlite

import (
	"context"

	"freecar/internal/sqlitex"
	"freecar/user"
)

// Interventions saves interventions: their events are all there is of them.
type Interventions struct{ *Store }

var _ user.Interventions = Interventions{}

// Save saves an intervention.
func (s Interventions) Save(ctx context.Context, i user.Intervention, c user.Change) error {
	event, err := s.encode.Intervention(ctx, c, i)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *sqlitex.Tx) error { return s.outbox.Append(tx, event) })
}
