package user

import (
	"context"
	"time"

	"freecar/internal/errs"
)

// AuditRecord is one thing that one of the staff did, in whichever service.
type AuditRecord struct {
	ID      string // of the event that told of it
	At      time.Time
	Actor   string // the account that did it
	Action  string // the event's type: freecar.car.retired.v1
	Subject string // what it was done to: the id of a car, a trip, an account
	Trace   string // the trace of the request, 32 hexadecimal digits; empty for none
	// Detail is a few facts of the event by name; never anything that names a person.
	Detail map[string]string
}

// AuditFilter chooses records. An empty field is all.
type AuditFilter struct {
	Actor, Subject, Action string
	From                   time.Time // at or after
	To                     time.Time // before
	Paging
}

// Audits keeps audit records for ever.
type Audits interface {
	// Record saves a record; one that is there already stays as it is.
	Record(ctx context.Context, r AuditRecord) error
	// Records lists by time and then id, the newest first. Errors: Invalid for a cursor
	// that no page gave.
	Records(ctx context.Context, f AuditFilter) (Page[AuditRecord], error)
}

// check holds a filter to its rule. Errors: Invalid.
func (f AuditFilter) check() error {
	if !f.From.IsZero() && !f.To.IsZero() && !f.From.Before(f.To) {
		return errs.Invalidf("to", "invalid", "It must be after from.")
	}
	return nil
}
