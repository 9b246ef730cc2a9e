package user

import (
	"context"
	"time"
)

// Intervention is something that staff do to the running platform. It is its event alone:
// heard by every instance, and part of the audit.
type Intervention struct {
	ID       string
	At       time.Time
	Cache    string // of a purge: which cache; empty for all
	Consumer string // of a replay: all letters of this consumer; empty for letters by id
	Letters  int    // of a replay: how many there were
	Version  int64
}

// Interventions saves interventions.
type Interventions interface {
	// Save saves an intervention with its event in one write.
	Save(ctx context.Context, i Intervention, c Change) error
}
