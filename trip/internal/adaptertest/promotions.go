package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"freecar/internal/errs"
	"freecar/internal/events"
	"freecar/internal/idem"
	"freecar/trip"
)

// PromotionStore is a store of promotions under test, with what its contract looks at
// from outside.
type PromotionStore struct {
	trip.PromotionStore
	// History is the events saved for a promotion, by version.
	History func(ctx context.Context, id string) ([]events.Event, error)
}

// OpenPromotions gives a store with nothing in it, and another handle on the same data.
type OpenPromotions func(t *testing.T) (PromotionStore, func() PromotionStore)

// Promotions holds a store of promotions to its contract.
func Promotions(t *testing.T, open OpenPromotions) {
	t.Run("what is saved comes back equal, with its events", func(t *testing.T) { promotionRoundTrip(t, open) })
	t.Run("what is not there", func(t *testing.T) { promotionAbsent(t, open) })
	t.Run("a failed change saves nothing", func(t *testing.T) { promotionRollback(t, open) })
	t.Run("a code is one promotion's, however many ask at once", func(t *testing.T) { codeRace(t, open) })
	t.Run("a key answers what it answered, for a day", func(t *testing.T) { promotionKey(t, open) })
	t.Run("pages joined are the whole set while promotions are added", func(t *testing.T) { promotionPages(t, open) })
	t.Run("the total limit holds under a race", func(t *testing.T) { totalLimit(t, open) })
	t.Run("an account's limit holds under a race", func(t *testing.T) { accountLimit(t, open) })
	t.Run("a trip is counted once, however often it redeems", func(t *testing.T) { redeemTwice(t, open) })
	t.Run("giving back makes room, once, and for good", func(t *testing.T) { giveBack(t, open) })
	t.Run("redeeming against giving back: in the end nothing is counted", func(t *testing.T) { redeemAgainstGiveBack(t, open) })
}

func promotion(t *testing.T, code string) trip.Promotion {
	t.Helper()
	p, err := trip.NewPromotion(id(), trip.Promotion{Code: code, PercentOff: 20, FareAtLeast: 100, FirstTripOnly: true,
		From: now.Add(-time.Hour), Until: now.Add(time.Hour), TotalLimit: 10, AccountLimit: 2}, now)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func saved(t *testing.T, s PromotionStore, code string) trip.Promotion {
	t.Helper()
	p, _, err := s.Create(t.Context(), promotion(t, code), idem.Key{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// use asks for a trip under limits.
func use(p trip.Promotion, startID, account string, total, byAccount int64) trip.Redemption {
	return trip.Redemption{PromotionID: p.ID, StartID: startID, Account: account, TotalLimit: total, AccountLimit: byAccount, At: now}
}

func counts(t *testing.T, s PromotionStore, p trip.Promotion, account string, total, byAccount int64) {
	t.Helper()
	gotTotal, gotByAccount, err := s.Redeemed(t.Context(), p.ID, account)
	if err != nil || gotTotal != total || gotByAccount != byAccount {
		t.Errorf("counted %d, %d of the account, %v; want %d, %d", gotTotal, gotByAccount, err, total, byAccount)
	}
}

func promotionRoundTrip(t *testing.T, open OpenPromotions) {
	s, again := open(t)
	want := saved(t, s, "WELCOME")
	got, err := again().ByCode(t.Context(), "WELCOME")
	if err != nil || fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		t.Errorf("got  %+v, %v\nwant %+v", got, err, want)
	}
	ended, err := s.Update(t.Context(), want.ID, func(p *trip.Promotion) error { p.End(now.Add(time.Minute)); return nil })
	if err != nil || ended.EndedAt.IsZero() || ended.Version != 2 {
		t.Errorf("ended: %+v, %v", ended, err)
	}
	if again, err := s.Update(t.Context(), want.ID, func(p *trip.Promotion) error { p.End(now.Add(time.Hour)); return nil }); err != nil || fmt.Sprint(again) != fmt.Sprint(ended) {
		t.Errorf("ended again: %+v, %v", again, err)
	}
	if h, err := s.History(t.Context(), want.ID); err != nil || len(h) != 2 || h[1].Version != 2 || len(h[0].Data) == 0 {
		t.Errorf("events %+v, %v", h, err)
	}
}

func promotionAbsent(t *testing.T, open OpenPromotions) {
	s, _ := open(t)
	_, codeErr := s.ByCode(t.Context(), "NONE")
	_, updateErr := s.Update(t.Context(), id(), func(*trip.Promotion) error { t.Error("changed what is not there"); return nil })
	for _, err := range []error{codeErr, updateErr} {
		if errs.KindOf(err) != errs.NotFound {
			t.Errorf("got %v", err)
		}
	}
	if _, err := s.Promotions(t.Context(), 1, "!"); errs.KindOf(err) != errs.Invalid {
		t.Errorf("a bad cursor: %v", err)
	}
	if err := s.GiveBack(t.Context(), id(), now); err != nil {
		t.Errorf("giving nothing back: %v", err)
	}
	counts(t, s, trip.Promotion{ID: id()}, "1", 0, 0)
}

func promotionRollback(t *testing.T, open OpenPromotions) {
	s, _ := open(t)
	p := saved(t, s, "WELCOME")
	no := errors.New("no")
	if _, err := s.Update(t.Context(), p.ID, func(p *trip.Promotion) error { p.End(now); return no }); !errors.Is(err, no) {
		t.Errorf("got %v", err)
	}
	if got, err := s.ByCode(t.Context(), "WELCOME"); err != nil || got.Version != 1 || !got.EndedAt.IsZero() {
		t.Errorf("got %+v, %v", got, err)
	}
}

func codeRace(t *testing.T, open OpenPromotions) {
	s, again := open(t)
	stores := []PromotionStore{s, again()}
	if won := race(t, trip.ErrCodeTaken, func(i int) error {
		_, _, err := stores[i%2].Create(t.Context(), promotion(t, "WELCOME"), idem.Key{})
		return err
	}); won != 1 {
		t.Errorf("%d promotions with one code", won)
	}
}

func promotionKey(t *testing.T, open OpenPromotions) {
	s, again := open(t)
	key := idem.Key{Principal: "1", Operation: "o", Value: "k", BodyHash: "h"}
	first, _, err := s.Create(t.Context(), promotion(t, "WELCOME"), key)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Update(t.Context(), first.ID, func(p *trip.Promotion) error { p.End(now); return nil }); err != nil {
		t.Fatal(err)
	}
	got, replayed, err := again().Create(t.Context(), promotion(t, "WELCOME"), key)
	if err != nil || !replayed || fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", first) {
		t.Errorf("got %+v, %v, %v; want %+v", got, replayed, err, first)
	}
	other := key
	other.BodyHash = "i"
	if _, _, err := s.Create(t.Context(), promotion(t, "OTHER"), other); errs.KindOf(err) != errs.KeyReused {
		t.Errorf("another body: %v", err)
	}
	late := promotion(t, "LATER")
	late.CreatedAt = now.Add(idem.Keep + time.Minute)
	if got, replayed, err := s.Create(t.Context(), late, key); err != nil || replayed || got.Code != "LATER" {
		t.Errorf("after a day: %+v, %v, %v", got, replayed, err)
	}
}

func promotionPages(t *testing.T, open OpenPromotions) {
	s, _ := open(t)
	var want, got []string
	for i := range 7 {
		want = append(want, saved(t, s, fmt.Sprintf("CODE-%d", i)).ID)
	}
	p, err := s.ByCode(t.Context(), "CODE-6")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Redeem(t.Context(), use(p, id(), "1", 0, 1)); err != nil {
		t.Fatal(err)
	}
	slices.Reverse(want)
	cursor := ""
	for n := 0; n == 0 || cursor != ""; n++ {
		page, err := s.Promotions(t.Context(), 3, cursor)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range page.Promotions {
			got = append(got, p.ID)
			if (p.Redeemed == 1) != (p.Code == "CODE-6") {
				t.Errorf("%s: redeemed %d", p.Code, p.Redeemed)
			}
		}
		cursor = page.Next
		saved(t, s, fmt.Sprintf("NEWER-%d", n))
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
}

// reason is the code of a refusal's first reason.
func reason(err error) string {
	if e, ok := errors.AsType[*errs.Error](err); ok && len(e.Fields) > 0 {
		return e.Fields[0].Code
	}
	return ""
}

func totalLimit(t *testing.T, open OpenPromotions) {
	s, again := open(t)
	stores := []PromotionStore{s, again()}
	p := saved(t, s, "WELCOME")
	if won := race(t, trip.ErrPromo, func(i int) error {
		err := stores[i%2].Redeem(t.Context(), use(p, id(), fmt.Sprint(i), 7, 1))
		if err != nil && reason(err) != "used_up" {
			t.Errorf("got %v", err)
		}
		return err
	}); won != 7 {
		t.Errorf("%d redeemed of 7", won)
	}
	counts(t, s, p, "nobody", 7, 0)
	if err := s.Redeem(t.Context(), use(p, id(), "late", 0, 1)); err != nil {
		t.Errorf("without a limit: %v", err)
	}
}

func accountLimit(t *testing.T, open OpenPromotions) {
	s, again := open(t)
	stores := []PromotionStore{s, again()}
	p, q := saved(t, s, "WELCOME"), saved(t, s, "OTHER")
	if won := race(t, trip.ErrPromo, func(i int) error {
		err := stores[i%2].Redeem(t.Context(), use(p, id(), "1", 100, 3))
		if err != nil && reason(err) != "already_used" {
			t.Errorf("got %v", err)
		}
		return err
	}); won != 3 {
		t.Errorf("%d redeemed of 3", won)
	}
	counts(t, s, p, "1", 3, 3)
	for _, r := range []trip.Redemption{use(p, id(), "2", 100, 3), use(q, id(), "1", 100, 3)} {
		if err := s.Redeem(t.Context(), r); err != nil {
			t.Errorf("another's limit was taken: %v", err)
		}
	}
}

func redeemTwice(t *testing.T, open OpenPromotions) {
	s, again := open(t)
	stores := []PromotionStore{s, again()}
	p, startID := saved(t, s, "WELCOME"), id()
	race(t, nil, func(i int) error { return stores[i%2].Redeem(t.Context(), use(p, startID, "1", 1, 1)) })
	counts(t, s, p, "1", 1, 1)
}

func giveBack(t *testing.T, open OpenPromotions) {
	s, again := open(t)
	stores := []PromotionStore{s, again()}
	p, first, second := saved(t, s, "WELCOME"), id(), id()
	for _, trip := range []string{first, second} {
		if err := s.Redeem(t.Context(), use(p, trip, "1", 2, 2)); err != nil {
			t.Fatal(err)
		}
	}
	race(t, nil, func(i int) error { return stores[i%2].GiveBack(t.Context(), first, now) })
	counts(t, s, p, "1", 1, 1)
	if err := s.Redeem(t.Context(), use(p, first, "1", 2, 2)); !errors.Is(err, trip.ErrPromoGivenBack) {
		t.Errorf("the trip again: %v", err)
	}
	if err := s.Redeem(t.Context(), use(p, id(), "1", 2, 2)); err != nil {
		t.Errorf("into the room that was made: %v", err)
	}
	counts(t, s, p, "1", 2, 2)
}

func redeemAgainstGiveBack(t *testing.T, open OpenPromotions) {
	s, again := open(t)
	stores := []PromotionStore{s, again()}
	p, startID := saved(t, s, "WELCOME"), id()
	race(t, trip.ErrPromoGivenBack, func(i int) error {
		if i == racers/2 {
			return stores[i%2].GiveBack(t.Context(), startID, now)
		}
		return stores[i%2].Redeem(t.Context(), use(p, startID, "1", 1, 1))
	})
	counts(t, s, p, "1", 0, 0)
}
