// Package export gathers everything that the services keep of a person.
package export

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"freecar/blob/blobapi"
	"freecar/gateway"
	"freecar/internal/auth"
	"freecar/internal/clock"
	"freecar/internal/errs"
	"freecar/internal/kitx"
	"freecar/internal/wire"
	"freecar/profile/profileapi"
	"freecar/trip/tripapi"
	"freecar/user/userapi"
)

const (
	page = 100
	// atMost bounds each list. Somebody with more has done 20,000 trips.
	atMost = 20_000
)

var (
	errIncomplete = errs.E(errs.Unavailable, "unavailable", "Not everything can be read just now, and half an export is none; try again shortly.").After(time.Second)
	errTooLarge   = errs.E(errs.Conflict, "export_too_large", "There is more than one answer holds; write to support.")
)

// Exporter asks the services.
type Exporter struct {
	peers map[string]kitx.Peer
	clock clock.Clock
}

// New makes an exporter of these peers.
func New(peers map[string]kitx.Peer, c clock.Clock) *Exporter {
	return &Exporter{peers: peers, clock: c}
}

// Export gathers everything of who asks, in the name of whom it reads. It is whole or an
// error: Unauthenticated for who was erased, NotFound for no account, Conflict
// export_too_large, else Unavailable.
func (e *Exporter) Export(ctx context.Context, _ kitx.None) (gateway.Export, error) {
	// As a rider, whatever else it is: staff have wallets and licences of their own, too.
	all, ctx := errgroup.WithContext(auth.OnBehalf(ctx, auth.From(ctx).Subject))
	x := gateway.Export{ExportedAt: wire.FromTime(e.clock.Now())}
	all.Go(func() (err error) {
		x.Account, err = userapi.GetPersonal.Call(ctx, e.peers[userapi.Name], kitx.None{})
		return err
	})
	all.Go(func() (err error) {
		x.Wallet, err = userapi.GetWallet.Call(ctx, e.peers[userapi.Name], kitx.None{})
		return err
	})
	all.Go(func() (err error) {
		x.WalletEntries, err = whole(func(p wire.Paging) (wire.Page[userapi.OwnEntry], error) {
			return userapi.ListOwnEntries.Call(ctx, e.peers[userapi.Name], userapi.EntriesRequest{Paging: p})
		})
		return err
	})
	all.Go(func() (err error) {
		x.Licence, err = perhaps(profileapi.GetPersonal.Call(ctx, e.peers[profileapi.Name], kitx.None{}))
		return err
	})
	all.Go(func() (err error) {
		x.Photos, err = whole(func(p wire.Paging) (wire.Page[blobapi.OwnObject], error) {
			return blobapi.ListOwned.Call(ctx, e.peers[blobapi.Name], blobapi.OwnedRequest{Paging: p})
		})
		return err
	})
	all.Go(func() (err error) {
		x.Trips, err = whole(func(p wire.Paging) (wire.Page[tripapi.OwnTrip], error) {
			return tripapi.ListTrips.Call(ctx, e.peers[tripapi.Name], tripapi.OwnedRequest{Paging: p})
		})
		return err
	})
	all.Go(func() (err error) {
		x.Reservations, err = whole(func(p wire.Paging) (wire.Page[tripapi.Reservation], error) {
			return tripapi.ListReservations.Call(ctx, e.peers[tripapi.Name], tripapi.OwnedRequest{Paging: p})
		})
		return err
	})
	all.Go(func() (err error) {
		x.Issues, err = whole(func(p wire.Paging) (wire.Page[tripapi.OwnIssue], error) {
			return tripapi.ListIssues.Call(ctx, e.peers[tripapi.Name], tripapi.OwnedRequest{Paging: p})
		})
		return err
	})
	if err := all.Wait(); err != nil {
		return gateway.Export{}, explain(err)
	}
	return x, nil
}

// explain lets pass what is about the person; everything else means that a part is missing.
func explain(err error) error {
	kind := errs.KindOf(err)
	if kind == errs.Unauthenticated || kind == errs.NotFound || errs.CodeOf(err) == errTooLarge.Code {
		return err
	}
	return errIncomplete.Because(err)
}

// perhaps is what there is, or nil for what there is not.
func perhaps[T any](value T, err error) (*T, error) {
	if errs.KindOf(err) == errs.NotFound && err != nil {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &value, nil
}

// whole joins the pages of a list; never nil.
func whole[T any](ask func(wire.Paging) (wire.Page[T], error)) ([]T, error) {
	items := []T{}
	p := wire.Paging{Limit: page}
	for {
		got, err := ask(p)
		if err != nil {
			return nil, err
		}
		items = append(items, got.Items...)
		switch {
		case len(items) > atMost:
			return nil, errTooLarge
		case got.NextCursor == nil:
			return items, nil
		}
		p.Cursor = *got.NextCursor
	}
}
