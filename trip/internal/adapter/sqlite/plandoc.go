package sqlite

import (
	"time"

	"freecar/internal/sqlitex"
	"freecar/trip"
)

// planDoc is the document of a plan: of a version in its table, and of the one that a
// trip pinned.
type planDoc struct {
	ID              string       `json:"id"`
	Version         int64        `json:"version"`
	Name            string       `json:"name"`
	Currency        string       `json:"currency,omitzero"`
	VATBasisPoints  int64        `json:"vat_basis_points,omitzero"`
	Unlock          int64        `json:"unlock"`
	PerMinute       []segmentDoc `json:"per_minute"`
	PerPausedMinute int64        `json:"per_paused_minute"`
	PerKilometre    []segmentDoc `json:"per_kilometre"`
	Cap             int64        `json:"cap"`
	Hold            int64        `json:"hold"`
	GraceMS         int64        `json:"grace_ms"`
	Retired         bool         `json:"retired,omitzero"`
	At              int64        `json:"at,omitzero"`
}

type segmentDoc struct {
	Start    int64 `json:"start"`
	Rate     int64 `json:"rate"`
	Interval int64 `json:"interval"`
	End      int64 `json:"end"`
}

func toPlanDoc(p trip.Plan) planDoc {
	return planDoc{
		ID: p.ID, Version: p.Version, Name: p.Name, Currency: p.Currency, VATBasisPoints: p.VATBasisPoints, Unlock: p.Unlock,
		PerMinute: toSegmentDocs(p.PerMinute), PerPausedMinute: p.PerPausedMinute, PerKilometre: toSegmentDocs(p.PerKilometre),
		Cap: p.Cap, Hold: p.Hold, GraceMS: p.Grace.Milliseconds(), Retired: p.Retired, At: sqlitex.Millis(p.At),
	}
}

func fromPlanDoc(d planDoc) trip.Plan {
	return trip.Plan{
		ID: d.ID, Version: d.Version, Name: d.Name, Currency: d.Currency, VATBasisPoints: d.VATBasisPoints, Unlock: d.Unlock,
		PerMinute: fromSegmentDocs(d.PerMinute), PerPausedMinute: d.PerPausedMinute, PerKilometre: fromSegmentDocs(d.PerKilometre),
		Cap: d.Cap, Hold: d.Hold, Grace: time.Duration(d.GraceMS) * time.Millisecond, Retired: d.Retired, At: sqlitex.FromMillis(d.At),
	}
}

func toSegmentDocs(segments []trip.Segment) (docs []segmentDoc) {
	for _, s := range segments {
		docs = append(docs, segmentDoc(s))
	}
	return docs
}

func fromSegmentDocs(docs []segmentDoc) (segments []trip.Segment) {
	for _, d := range docs {
		segments = append(segments, trip.Segment(d))
	}
	return segments
}
