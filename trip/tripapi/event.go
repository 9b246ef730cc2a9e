package tripapi

import "freecar/internal/wire"

// Event is the data of every freecar.trip.*.v1: the rental after the change, from which
// its state can be rebuilt. What people wrote of it, and the keys of requests, are left
// out.
type Event struct {
	ID             string       `json:"id"`
	AccountID      string       `json:"account_id"`
	CarID          string       `json:"car_id"`
	State          string       `json:"state"` // reserved before it is a trip
	Step           string       `json:"step"`
	Accepted       bool         `json:"accepted"` // it is a trip
	CreatedAt      wire.Time    `json:"created_at"`
	Reservation    *EventTerm   `json:"reservation,omitzero"`
	StartedAt      *wire.Time   `json:"started_at,omitzero"`
	Pauses         *EventPauses `json:"pauses,omitzero"`
	End            *EventEnd    `json:"end,omitzero"`
	EndedAt        *wire.Time   `json:"ended_at,omitzero"`
	StartOdometerM int64        `json:"start_odometer_m"`
	DistanceM      int64        `json:"distance_m"`
	Fare           Fare         `json:"fare"`
	Promo          *EventPromo  `json:"promo,omitzero"`
	Reason         string       `json:"reason,omitzero"`
	Version        int64        `json:"version"`
}

// EventTerm is the reservation that the rental is or was.
type EventTerm struct {
	At        wire.Time  `json:"at"`
	ExpiresAt wire.Time  `json:"expires_at"`
	Extended  bool       `json:"extended"`
	StartAt   *wire.Time `json:"start_at,omitzero"` // the last request to start it
	Over      string     `json:"over,omitzero"`     // expired or cancelled
	OverAt    *wire.Time `json:"over_at,omitzero"`
}

// EventPauses is how long the trip was paused.
type EventPauses struct {
	At       *wire.Time `json:"at,omitzero"` // of the one that is on, or asked for
	ForMS    int64      `json:"for_ms"`      // of those that are over
	Asked    int        `json:"asked"`
	Resumed  int        `json:"resumed"`
	ResumeAt *wire.Time `json:"resume_at,omitzero"` // the last request to resume
}

// EventEnd is how the trip came to its end, or was to come.
type EventEnd struct {
	At        wire.Time `json:"at"` // of the fare
	OdometerM int64     `json:"odometer_m"`
	PausedMS  int64     `json:"paused_ms"`
	Asked     int       `json:"asked"`
	By        string    `json:"by"` // rider, staff or platform
	Unlocked  bool      `json:"unlocked,omitzero"`
}

// EventPromo is the promotion that a start asked for. Its id is there once the trip is
// accepted with it; what it takes off is the promotion's, which never changes.
type EventPromo struct {
	Code        string `json:"code"`
	PromotionID string `json:"promotion_id,omitzero"`
}
