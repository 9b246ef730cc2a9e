package user_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"freecar/internal/clock"
	"freecar/internal/errs"
	"freecar/internal/idem"
	"freecar/internal/ids"
	"freecar/internal/money"
	"freecar/user"
	"freecar/user/internal/adapter/sqlite"
)

// provider is a payment provider that a test scripts. taken is what it really did.
type provider struct {
	mu      sync.Mutex
	taken   map[string]bool
	charged int
	// charge, when set, decides in the place of "yes".
	charge func(ctx context.Context) (taken, known bool, err error)
	down   bool
}

var errDown = errs.E(errs.Unavailable, "provider_down", "")

func (*provider) Name() string { return "test" }

func (p *provider) Charge(ctx context.Context, id string, _ money.Money) (bool, error) {
	taken, known, err := true, true, error(nil)
	if p.charge != nil {
		taken, known, err = p.charge(ctx)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if before, done := p.taken[id]; done {
		return before, nil
	}
	if known {
		p.taken[id] = taken
		p.charged++
	}
	return taken && err == nil, err
}

func (p *provider) Outcome(_ context.Context, id string) (bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	taken, known := p.taken[id]
	switch {
	case p.down:
		return false, errDown
	case !known:
		return false, errs.Missing("charge")
	}
	return taken, nil
}

type vault struct {
	user.Bank
	provider *provider
	clock    *clock.Manual
	logged   atomic.Int64
	account  string
}

func newVault(t *testing.T) *vault {
	t.Helper()
	return newVaultOver(t, func(s user.TopUps) user.TopUps { return s })
}

// newVaultOver makes one whose top-ups are kept in another way.
func newVaultOver(t *testing.T, keep func(user.TopUps) user.TopUps) *vault {
	t.Helper()
	store := openStore(t)
	v := &vault{provider: &provider{taken: map[string]bool{}}, clock: clock.NewManual(noon), account: ids.NewAccount()}
	v.Bank = user.NewBank(user.BankConfig{
		Wallets: sqlite.Wallets{Store: store},
		Holds:   sqlite.Holds{Store: store},
		TopUps:  keep(sqlite.TopUps{Store: store}),

		Corrections: sqlite.Corrections{Store: store},

		Payments: v.provider,
		Clock:    v.clock,
		IDs:      ids.Random{},
		Log:      func(context.Context, string, string, error) { v.logged.Add(1) },
	})
	return v
}

func (v *vault) topUp(ctx context.Context, key string) (user.TopUpDone, error) {
	return v.TopUp(ctx, user.TopUpWallet{AccountID: v.account, Amount: money.Of(1000),
		Key: idem.Key{Principal: v.account, Operation: "user.TopUp", Value: key, BodyHash: "b"}})
}

func (v *vault) expect(t *testing.T, available, held int64) {
	t.Helper()
	if w, err := v.Wallet(t.Context(), v.account); err != nil || w.Available.Amount != available || w.Held.Amount != held {
		t.Errorf("got %+v, %v, want %d available and %d held", w, err, available, held)
	}
}

// recover lets what is pending grow old and takes it up, twice at once.
func (v *vault) recover(t *testing.T) {
	t.Helper()
	v.clock.Advance(time.Minute)
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			if err := v.Recover(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestTopUp(t *testing.T) {
	t.Run("the money is there, and again under the same key it is not charged twice", func(t *testing.T) {
		v := newVault(t)
		first, err := v.topUp(t.Context(), "k")
		if err != nil || first.Replayed || first.TopUp.State != user.Settled || first.TopUp.Amount != money.Of(1000) {
			t.Fatalf("got %+v, %v", first, err)
		}
		again, err := v.topUp(t.Context(), "k")
		if err != nil || !again.Replayed || again.TopUp != first.TopUp || v.provider.charged != 1 {
			t.Errorf("got %+v, %v after %d charges", again, err, v.provider.charged)
		}
		v.expect(t, 1000, 0)
	})
	t.Run("without a key nothing is charged", func(t *testing.T) {
		v := newVault(t)
		_, err := v.TopUp(t.Context(), user.TopUpWallet{AccountID: v.account, Amount: money.Of(1000)})
		if got := bad(err); !slices.Equal(got, []string{"Idempotency-Key required"}) || v.provider.charged != 0 {
			t.Errorf("got %v", err)
		}
	})
	t.Run("of 64 with one key one is charged", func(t *testing.T) {
		v := newVault(t)
		var wg sync.WaitGroup
		begin := make(chan struct{})
		for range 64 {
			wg.Go(func() {
				<-begin
				if done, err := v.topUp(t.Context(), "k"); err == nil && done.TopUp.State != user.Settled || err != nil && !errors.Is(err, idem.ErrInProgress) {
					t.Errorf("got %+v, %v", done, err)
				}
			})
		}
		close(begin)
		wg.Wait()
		if v.provider.charged != 1 {
			t.Errorf("%d charges", v.provider.charged)
		}
		v.expect(t, 1000, 0)
	})
	t.Run("while it is at work a repetition is told so", func(t *testing.T) {
		v := newVault(t)
		v.provider.charge = func(ctx context.Context) (bool, bool, error) {
			v.provider.charge = nil
			_, err := v.topUp(ctx, "k")
			expectError(t, err, idem.ErrInProgress)
			return true, true, nil
		}
		if _, err := v.topUp(t.Context(), "k"); err != nil {
			t.Error(err)
		}
		v.expect(t, 1000, 0)
	})
	t.Run("a declined one moves nothing and frees its key", func(t *testing.T) {
		v := newVault(t)
		v.provider.charge = func(context.Context) (bool, bool, error) { return false, true, nil }
		_, err := v.topUp(t.Context(), "k")
		expectError(t, err, user.ErrPaymentDeclined)
		v.expect(t, 0, 0)
		v.provider.charge = nil
		if done, err := v.topUp(t.Context(), "k"); err != nil || done.Replayed {
			t.Errorf("got %+v, %v", done, err)
		}
		v.expect(t, 1000, 0)
	})
	t.Run("a client that leaves after the charge still gets its money", func(t *testing.T) {
		v := newVault(t)
		ctx, leave := context.WithCancel(t.Context())
		v.provider.charge = func(context.Context) (bool, bool, error) { leave(); return true, true, nil }
		if _, err := v.topUp(ctx, "k"); err != nil {
			t.Error(err)
		}
		v.expect(t, 1000, 0)
	})
}

func TestRecover(t *testing.T) {
	for name, tc := range map[string]struct {
		taken, known bool // what the provider did before its answer was lost
		available    int64
	}{
		"taken: it is booked":              {true, true, 1000},
		"declined: it is closed":           {false, true, 0},
		"never heard of: it is asked for":  {true, false, 1000},
		"never heard of, and now declined": {false, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			v := newVault(t)
			v.provider.charge = func(context.Context) (bool, bool, error) { return tc.taken, tc.known, errDown }
			_, err := v.topUp(t.Context(), "k")
			expectError(t, err, errDown)
			_, err = v.topUp(t.Context(), "k")
			expectError(t, err, idem.ErrInProgress)
			v.provider.charge = func(context.Context) (bool, bool, error) { return tc.taken, true, nil }
			v.recover(t)
			v.expect(t, tc.available, 0)
			if v.provider.charged != 1 {
				t.Errorf("%d charges", v.provider.charged)
			}
			if done, err := v.topUp(t.Context(), "k"); tc.taken && (err != nil || !done.Replayed) {
				t.Errorf("got %+v, %v", done, err)
			}
		})
	}
	t.Run("what is still at work is left alone", func(t *testing.T) {
		v := newVault(t)
		v.provider.charge = func(ctx context.Context) (bool, bool, error) {
			v.provider.charge = nil
			v.clock.Advance(9 * time.Second)
			if err := v.Recover(ctx); err != nil {
				t.Error(err)
			}
			v.expect(t, 0, 0)
			return true, true, nil
		}
		if _, err := v.topUp(t.Context(), "k"); err != nil {
			t.Error(err)
		}
	})
	t.Run("while the provider is away all stays open, and that is logged", func(t *testing.T) {
		v := newVault(t)
		v.provider.charge = func(context.Context) (bool, bool, error) { return true, true, errDown }
		_, err := v.topUp(t.Context(), "k")
		expectError(t, err, errDown)
		v.provider.down = true
		v.recover(t)
		v.expect(t, 0, 0)
		if v.logged.Load() != 2 {
			t.Errorf("%d lines", v.logged.Load())
		}
		v.provider.down = false
		v.recover(t)
		v.expect(t, 1000, 0)
	})
}

// one gives what is pending one at a time.
type one struct{ user.TopUps }

func (o one) Pending(ctx context.Context, before time.Time, after user.TopUp, _ int) ([]user.TopUp, error) {
	return o.TopUps.Pending(ctx, before, after, 1)
}

// TestRecoverGetsToAll: a page of top-ups of which the provider says nothing.
func TestRecoverGetsToAll(t *testing.T) {
	v := newVaultOver(t, func(s user.TopUps) user.TopUps { return one{s} })
	asked := 0
	v.provider.charge = func(context.Context) (bool, bool, error) {
		asked++
		return false, false, errDown
	}
	for _, key := range []string{"a", "b", "c"} {
		_, err := v.topUp(t.Context(), key)
		expectError(t, err, errDown)
	}
	v.clock.Advance(time.Minute)
	if err := v.Recover(t.Context()); err != nil || asked != 6 {
		t.Errorf("%v, %d charges asked for, want each again", err, asked)
	}
}

func TestHolds(t *testing.T) {
	ready := func(t *testing.T) *vault {
		v := newVault(t)
		if _, err := v.topUp(t.Context(), "k"); err != nil {
			t.Fatal(err)
		}
		return v
	}
	hold := func(t *testing.T, v *vault, trip string, minor int64) (user.Hold, error) {
		t.Helper()
		return v.Hold(t.Context(), user.PlaceHold{TripID: trip, AccountID: v.account, Amount: money.Of(minor)})
	}
	t.Run("placed, asked for again, captured, asked for again", func(t *testing.T) {
		v := ready(t)
		placed, err := hold(t, v, "t", 600)
		if again, errAgain := hold(t, v, "t", 600); err != nil || errAgain != nil || again != placed || placed.State != user.Placed {
			t.Errorf("got %+v and %+v, %v, %v", placed, again, err, errAgain)
		}
		v.expect(t, 400, 600)
		captured, err := v.Capture(t.Context(), "t", money.Of(250))
		if again, errAgain := v.Capture(t.Context(), "t", money.Of(250)); err != nil || errAgain != nil || again != captured || captured.Captured != money.Of(250) {
			t.Errorf("got %+v and %+v, %v, %v", captured, again, err, errAgain)
		}
		v.expect(t, 750, 0)
		if late, err := hold(t, v, "t", 600); err != nil || late != captured {
			t.Errorf("got %+v, %v", late, err)
		}
		_, err = v.Release(t.Context(), "t")
		expectError(t, err, user.ErrHoldCaptured)
		page, err := v.WalletEntries(t.Context(), v.account, user.Paging{Limit: 10})
		if err != nil || len(page.Items) != 4 {
			t.Errorf("got %+v, %v", page, err)
		}
	})
	t.Run("a repetition that differs is refused", func(t *testing.T) {
		v := ready(t)
		if _, err := hold(t, v, "t", 600); err != nil {
			t.Fatal(err)
		}
		_, err := hold(t, v, "t", 601)
		expectError(t, err, user.ErrHoldDiffers)
		_, err = v.Hold(t.Context(), user.PlaceHold{TripID: "t", AccountID: ids.NewAccount(), Amount: money.Of(600)})
		expectError(t, err, user.ErrHoldDiffers)
		v.expect(t, 400, 600)
	})
	t.Run("a hold that comes after its release stays out", func(t *testing.T) {
		v := ready(t)
		for range 2 {
			if h, err := v.Release(t.Context(), "t"); err != nil || h.State != user.Released {
				t.Errorf("got %+v, %v", h, err)
			}
		}
		_, err := hold(t, v, "t", 600)
		expectError(t, err, user.ErrHoldReleased)
		_, err = v.Capture(t.Context(), "t", money.Of(100))
		expectError(t, err, user.ErrHoldReleased)
		v.expect(t, 1000, 0)
	})
	t.Run("holds and releases at once leave nothing held", func(t *testing.T) {
		v := ready(t)
		var wg sync.WaitGroup
		begin := make(chan struct{})
		for i := range 64 {
			wg.Go(func() {
				<-begin
				if i%2 == 0 {
					_, _ = hold(t, v, "t", 600) // placed or refused, as it comes
				} else if _, err := v.Release(t.Context(), "t"); err != nil {
					t.Error(err)
				}
			})
		}
		close(begin)
		wg.Wait()
		v.expect(t, 1000, 0)
	})
	t.Run("a trip without a hold cannot be charged", func(t *testing.T) {
		v := ready(t)
		if _, err := v.Capture(t.Context(), "t", money.Of(100)); errs.KindOf(err) != errs.NotFound {
			t.Errorf("got %v", err)
		}
	})
	t.Run("amounts that cannot be are refused and name their field", func(t *testing.T) {
		v := ready(t)
		for code, amount := range map[string]money.Money{
			"amount.amount too_small":     money.Of(-1),
			"amount.amount too_large":     money.Of(1 << 60),
			"amount.currency unsupported": {Amount: 1, Currency: "SEK"},
		} {
			_, holdErr := v.Hold(t.Context(), user.PlaceHold{TripID: "t", AccountID: v.account, Amount: amount})
			_, captureErr := v.Capture(t.Context(), "t", amount)
			for _, err := range []error{holdErr, captureErr} {
				if !slices.Equal(bad(err), []string{code}) {
					t.Errorf("got %v, want %s", err, code)
				}
			}
		}
	})
}
