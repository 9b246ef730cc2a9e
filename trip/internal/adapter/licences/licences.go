// Package licences asks the profile service who may drive.
package licences

import (
	"context"

	"freecar/internal/errs"
	"freecar/internal/kitx"
	"freecar/profile/profileapi"
	"freecar/trip"
)

// Licences is the port over profileapi.
type Licences struct{ profiles kitx.Peer }

var _ trip.Licences = Licences{}

// New takes the way to the profile service.
func New(profiles kitx.Peer) Licences { return Licences{profiles: profiles} }

// Check asks whether the account may drive at this moment.
func (l Licences) Check(ctx context.Context, account string) error {
	verdict, err := profileapi.Check.Call(ctx, l.profiles, profileapi.CheckRequest{AccountID: account})
	if err != nil {
		return err
	}
	if !verdict.Verified {
		return trip.ErrLicence.With(errs.Field{Code: verdict.Reason})
	}
	return nil
}
