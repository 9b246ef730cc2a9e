package userapi

import "freecar/internal/wire"

// RevocationsRequest asks for what was revoked after a place in the list; 0 is its start.
type RevocationsRequest struct {
	After int64 `query:"after" validate:"gte=0,lte=9007199254740991"`
	Limit int   `query:"limit" default:"1000" validate:"gte=1,lte=1000"`
}

// RevocationList is a part of the list. Next is where to go on; when it is below where
// one began, the list was put back to an older state and is to be read anew.
type RevocationList struct {
	Items []Revocation `json:"items"`
	Next  int64        `json:"next"`
	More  bool         `json:"more"`
}

// Revocation says which access tokens of a subject count no longer: those of one session
// or, without one, those made of an older version than Before, except of session Spared.
type Revocation struct {
	Subject string    `json:"subject"`
	Session string    `json:"session,omitzero"`
	Before  int64     `json:"before,omitzero"`
	Spared  string    `json:"spared,omitzero"`
	Until   wire.Time `json:"until"` // no token that it is about lives longer
}
