// Package trips asks the trip service whether claims still stand.
package trips

import (
	"context"

	"freecar/car"
	"freecar/internal/auth"
	"freecar/internal/kitx"
	"freecar/trip/tripapi"
)

// Trips is the port over tripapi.
type Trips struct{ trips kitx.Peer }

var _ car.Trips = Trips{}

// New takes the way to the trip service.
func New(trips kitx.Peer) Trips { return Trips{trips: trips} }

// Live says whether the trip or reservation behind a claim is under way.
func (t Trips) Live(ctx context.Context, c car.Claim) (bool, error) {
	answer, err := tripapi.Live.Call(auth.OnBehalf(ctx, c.AccountID), t.trips, tripapi.LiveRequest{ID: c.ID, Kind: string(c.Kind)})
	return answer.Live, err
}
