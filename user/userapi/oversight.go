package userapi

import (
	"net/http"

	"freecar/internal/auth"
	"freecar/internal/kitx"
	"freecar/internal/wire"
)

// Oversight: what admins see and do of the platform as a whole.
var (
	Audit = kitx.NewRoute[AuditRequest, wire.Page[AuditRecord]](kitx.Spec{Op: "user.Audit", Method: http.MethodGet, Path: "/v1/ops/audit",
		Who: auth.Ops(0)})
	DeadLetters = kitx.NewRoute[DeadLettersRequest, wire.Page[DeadLetter]](kitx.Spec{Op: "user.DeadLetters", Method: http.MethodGet, Path: "/v1/ops/dead-letters",
		Who: auth.Ops(0)})
	// Replay gives dead letters to their consumers again; doing it twice does no harm,
	// but the second answer counts none, so that it is not sent again by itself.
	Replay = kitx.NewRoute[ReplayRequest, Replayed](kitx.Spec{Op: "user.Replay", Method: http.MethodPost, Path: "/v1/ops/dead-letters",
		Who: auth.Ops(0)})
	// PurgeCache is answered before it is done: every instance hears of it within a moment.
	PurgeCache = kitx.NewRoute[PurgeCacheRequest, kitx.None](kitx.Spec{Op: "user.PurgeCache", Method: http.MethodPost, Path: "/v1/ops/cache/purge",
		Who: auth.Ops(0), Status: http.StatusAccepted, Idempotent: true})
)

// AuditRequest asks for a page of the audit; a field that is left out chooses all.
type AuditRequest struct {
	Actor   string     `query:"actor" validate:"omitempty,max=16,text,number|eq=operator"`
	Subject string     `query:"subject" validate:"max=100,text"`
	Action  string     `query:"action" validate:"max=100,text"` // an event type: freecar.car.retired.v1
	From    *wire.Time `query:"from"`                           // at or after
	To      *wire.Time `query:"to"`                             // before
	wire.Paging
}

// AuditRecord is one thing that one of the staff did.
type AuditRecord struct {
	ID      string            `json:"id"`
	At      wire.Time         `json:"at"`
	Actor   string            `json:"actor"`    // an account id, or "operator" for who holds the platform's keys
	Action  string            `json:"action"`   // the type of the event that told of it
	Subject string            `json:"subject"`  // the id of what it was done to
	TraceID *string           `json:"trace_id"` // null for none
	Detail  map[string]string `json:"detail"`   // a few facts, none of which names a person
}

// DeadLettersRequest asks for a page of dead letters, or for those of one consumer.
type DeadLettersRequest struct {
	Consumer string `query:"consumer" validate:"max=100,text"`
	wire.Paging
}

// DeadLetter is an event that a consumer gave up on.
type DeadLetter struct {
	ID       string    `json:"id"`
	Consumer string    `json:"consumer"`
	Type     string    `json:"type"`
	Subject  string    `json:"subject"`
	Version  int64     `json:"version"`
	At       wire.Time `json:"at"` // when it was given up
	Attempts int       `json:"attempts"`
	Error    string    `json:"error"` // what the last try said
}

// ReplayRequest names dead letters, by their ids or all of a consumer's.
type ReplayRequest struct {
	IDs      []string `json:"ids" validate:"max=100,dive,required,max=200,text"`
	Consumer string   `json:"consumer" validate:"max=100,text"`
}

// Replayed says how many letters went out again; those that were not there are not counted.
type Replayed struct {
	Replayed int `json:"replayed"`
}

// PurgeCacheRequest names a cache; without one every cache is meant.
type PurgeCacheRequest struct {
	Cache string `json:"cache" validate:"omitempty,oneof=cars"`
}

// CarsCache is the index that a car instance answers searches from.
const CarsCache = "cars"
