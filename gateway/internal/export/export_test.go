package export_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"go.uber.org/goleak"

	"freecar/blob/blobapi"
	"freecar/gateway"
	"freecar/gateway/internal/export"
	"freecar/internal/auth"
	"freecar/internal/clock"
	"freecar/internal/errs"
	"freecar/internal/kitx"
	"freecar/internal/money"
	"freecar/internal/obs"
	"freecar/internal/wire"
	"freecar/profile/profileapi"
	"freecar/trip/tripapi"
	"freecar/user/userapi"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2030, 5, 1, 12, 0, 0, 0, time.UTC)

// world is services that keep something of account 1.
type world struct {
	entries, trips, photos, reservations, issues int
	licence                                      bool
	fails                                        map[string]error // by operation
}

// peer is a service without a network.
type peer struct{ *kitx.Server }

func (p peer) Do(ctx context.Context, _ kitx.Spec, r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	// What a real peer passes on is the principal of the call.
	recorder := httptest.NewRecorder()
	p.ServeHTTP(recorder, r.WithContext(ctx))
	return recorder.Result(), nil
}

func (w *world) peers() map[string]kitx.Peer {
	server := func(name string) *kitx.Server {
		return kitx.NewServer(kitx.ServerConfig{Obs: obs.Discard().For(name), Identify: func(r *http.Request) (auth.Principal, error) {
			p := auth.From(r.Context())
			p.Service = "gateway"
			return p, nil
		}})
	}
	users, profiles, trips, blobs := server("user"), server("profile"), server("trip"), server("blob")
	userapi.GetPersonal.Mount(users, answer(w, "user.Personal", func(ctx context.Context, _ kitx.None) (userapi.Personal, error) {
		return userapi.Personal{Account: userapi.Account{ID: auth.From(ctx).Subject, Roles: []string{}}, Sessions: []userapi.PersonalSession{}}, nil
	}))
	userapi.GetWallet.Mount(users, answer(w, "user.Wallet", func(context.Context, kitx.None) (userapi.Wallet, error) {
		return userapi.Wallet{Balance: wire.FromMoney(money.Of(5))}, nil
	}))
	userapi.ListOwnEntries.Mount(users, answer(w, "user.OwnEntries", func(_ context.Context, r userapi.EntriesRequest) (wire.Page[userapi.OwnEntry], error) {
		return some(w.entries, r.Paging, func(i int) userapi.OwnEntry {
			return userapi.OwnEntry{WalletEntry: userapi.WalletEntry{ID: strconv.Itoa(i)}}
		})
	}))
	profileapi.GetPersonal.Mount(profiles, answer(w, "profile.Personal", func(context.Context, kitx.None) (profileapi.Personal, error) {
		if !w.licence {
			return profileapi.Personal{}, errs.Missing("licence")
		}
		return profileapi.Personal{Licence: profileapi.Licence{Number: "B072"}, Reading: &profileapi.Reading{By: "reader"}}, nil
	}))
	blobapi.ListOwned.Mount(blobs, answer(w, "blob.Owned", func(_ context.Context, r blobapi.OwnedRequest) (wire.Page[blobapi.OwnObject], error) {
		return some(w.photos, r.Paging, func(i int) blobapi.OwnObject { return blobapi.OwnObject{ID: strconv.Itoa(i)} })
	}))
	tripapi.ListTrips.Mount(trips, answer(w, "trip.OwnTrips", func(_ context.Context, r tripapi.OwnedRequest) (wire.Page[tripapi.OwnTrip], error) {
		return some(w.trips, r.Paging, func(i int) tripapi.OwnTrip { return tripapi.OwnTrip{Trip: tripapi.Trip{ID: strconv.Itoa(i)}} })
	}))
	tripapi.ListReservations.Mount(trips, answer(w, "trip.OwnReservations", func(_ context.Context, r tripapi.OwnedRequest) (wire.Page[tripapi.Reservation], error) {
		return some(w.reservations, r.Paging, func(i int) tripapi.Reservation { return tripapi.Reservation{ID: strconv.Itoa(i)} })
	}))
	tripapi.ListIssues.Mount(trips, answer(w, "trip.OwnIssues", func(_ context.Context, r tripapi.OwnedRequest) (wire.Page[tripapi.OwnIssue], error) {
		return some(w.issues, r.Paging, func(i int) tripapi.OwnIssue { return tripapi.OwnIssue{Issue: tripapi.Issue{ID: strconv.Itoa(i)}} })
	}))
	return map[string]kitx.Peer{"user": peer{users}, "profile": peer{profiles}, "trip": peer{trips}, "blob": peer{blobs}}
}

// answer is f, unless the operation is to fail.
func answer[Req, Resp any](w *world, op string, f func(context.Context, Req) (Resp, error)) func(context.Context, Req) (Resp, error) {
	return func(ctx context.Context, r Req) (Resp, error) {
		if err := w.fails[op]; err != nil {
			return *new(Resp), err
		}
		return f(ctx, r)
	}
}

// some is a page of a list of n things.
func some[T any](n int, p wire.Paging, thing func(int) T) (wire.Page[T], error) {
	from, _ := strconv.Atoi(p.Cursor)
	var items []T
	for i := from; i < min(n, from+p.Limit); i++ {
		items = append(items, thing(i))
	}
	next := ""
	if from+p.Limit < n {
		next = strconv.Itoa(from + p.Limit)
	}
	return wire.NewPage(items, next, func(t T) T { return t }), nil
}

func (w *world) export(t *testing.T, roles auth.Roles) (gateway.Export, error) {
	ctx := auth.With(t.Context(), auth.Principal{Subject: "1", Session: "s", Roles: roles})
	return export.New(w.peers(), clock.NewManual(noon)).Export(ctx, kitx.None{})
}

func TestExport(t *testing.T) {
	t.Run("everything, all pages of it", func(t *testing.T) {
		for _, role := range []auth.Roles{auth.Rider, auth.Fleet} {
			got, err := (&world{entries: 250, trips: 100, photos: 101, reservations: 102, issues: 103, licence: true}).export(t, role)
			if err != nil {
				t.Fatal(err)
			}
			if got.ExportedAt.Time != noon || got.Account.ID != "1" || got.Wallet.Balance.Amount != 5 || got.Licence.Number != "B072" {
				t.Errorf("got %+v", got)
			}
			if len(got.Reservations) != 102 || len(got.Issues) != 103 || got.Issues[102].ID != "102" || got.Licence.Reading.By != "reader" {
				t.Errorf("got %d reservations, %d issues, %+v", len(got.Reservations), len(got.Issues), got.Licence)
			}
			if len(got.WalletEntries) != 250 || got.WalletEntries[249].ID != "249" || len(got.Trips) != 100 || len(got.Photos) != 101 {
				t.Errorf("got %d entries and %d trips", len(got.WalletEntries), len(got.Trips))
			}
		}
	})
	t.Run("what is not there is null or empty", func(t *testing.T) {
		got, err := (&world{}).export(t, auth.Rider)
		if err != nil || got.Licence != nil || got.Photos == nil || got.Trips == nil || got.WalletEntries == nil || got.Reservations == nil || got.Issues == nil {
			t.Errorf("got %+v, %v", got, err)
		}
	})
	t.Run("never a half", func(t *testing.T) {
		for _, op := range []string{"user.Personal", "user.Wallet", "user.OwnEntries", "profile.Personal", "blob.Owned", "trip.OwnTrips", "trip.OwnReservations", "trip.OwnIssues"} {
			for _, fault := range []error{fmt.Errorf("broken"), errs.E(errs.Timeout, "timeout", ""), auth.ErrDenied} {
				got, err := (&world{fails: map[string]error{op: fault}}).export(t, auth.Rider)
				if errs.KindOf(err) != errs.Unavailable || got.Account.ID != "" {
					t.Errorf("%s fails with %v: got %+v, %v", op, fault, got, err)
				}
			}
		}
	})
	t.Run("who is erased is told so", func(t *testing.T) {
		_, err := (&world{fails: map[string]error{"user.Personal": auth.ErrUnauthenticated}}).export(t, auth.Rider)
		if errs.KindOf(err) != errs.Unauthenticated {
			t.Errorf("got %v", err)
		}
	})
	t.Run("there is an end to it", func(t *testing.T) {
		if _, err := (&world{trips: 20_001}).export(t, auth.Rider); errs.CodeOf(err) != "export_too_large" {
			t.Errorf("got %v", err)
		}
	})
}
