package user

import (
	"context"

	"freecar/internal/clock"
	"freecar/internal/ids"
)

// Oversight is what the service offers to whoever oversees the platform and its staff.
type Oversight interface {
	// Witness records what one of the staff did; again it changes nothing.
	Witness(ctx context.Context, r AuditRecord) error
	// Audit lists who of the staff did what, the newest first.
	// Errors: Invalid for a bad cursor and for a time that ends before it begins.
	Audit(ctx context.Context, f AuditFilter) (Page[AuditRecord], error)
	// PurgeCache tells every instance to load a cache anew; an empty name is every cache.
	// It is done a moment later.
	PurgeCache(ctx context.Context, cache string) error
	// Replayed puts on record how many dead letters were replayed, of a consumer or by id.
	Replayed(ctx context.Context, consumer string, letters int) error
}

// OversightConfig is what Oversight works with.
type OversightConfig struct {
	Audits        Audits
	Interventions Interventions
	Clock         clock.Clock
	IDs           ids.Source
}

type oversight struct{ with OversightConfig }

// NewOversight makes the Oversight of these stores.
func NewOversight(c OversightConfig) Oversight { return &oversight{with: c} }

// Witness records what one of the staff did.
func (o *oversight) Witness(ctx context.Context, r AuditRecord) error {
	return o.with.Audits.Record(ctx, r)
}

// Audit lists who of the staff did what.
func (o *oversight) Audit(ctx context.Context, f AuditFilter) (Page[AuditRecord], error) {
	if err := f.check(); err != nil {
		return Page[AuditRecord]{}, err
	}
	return o.with.Audits.Records(ctx, f)
}

// PurgeCache tells every instance to load a cache anew.
func (o *oversight) PurgeCache(ctx context.Context, cache string) error {
	return o.intervene(ctx, CachePurged, Intervention{Cache: cache})
}

// Replayed puts a replay on record.
func (o *oversight) Replayed(ctx context.Context, consumer string, letters int) error {
	return o.intervene(ctx, DeadLettersReplayed, Intervention{Consumer: consumer, Letters: letters})
}

func (o *oversight) intervene(ctx context.Context, event EventName, i Intervention) error {
	i.ID, i.At, i.Version = o.with.IDs.New(), o.with.Clock.Now(), 1
	return o.with.Interventions.Save(ctx, i, Change{Event: event, At: i.At})
}
