package userd_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"freecar/internal/auth"
	"freecar/internal/events"
	"freecar/internal/ids"
	"freecar/internal/kitx"
	"freecar/internal/wire"
	"freecar/user/userapi"
)

// letters is dead letters that a test puts there.
type letters struct {
	page     events.DeadLetterPage
	asked    events.DeadLetterFilter
	replayed []string
}

func (l *letters) List(_ context.Context, f events.DeadLetterFilter) (events.DeadLetterPage, error) {
	l.asked = f
	return l.page, nil
}

func (l *letters) Count(context.Context) (map[string]int, error) {
	return map[string]int{"car": len(l.page.Letters)}, nil
}

func (l *letters) Replay(_ context.Context, ids []string) (int, error) {
	l.replayed = append(l.replayed, ids...)
	return len(ids), nil
}

func (l *letters) ReplayAll(_ context.Context, consumer string) (int, error) {
	l.replayed = append(l.replayed, "all of "+consumer)
	return 7, nil
}

// run runs the service until the test ends, and waits until it consumes.
func (h *house) run(t *testing.T) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	for h.events.handler() == nil {
		time.Sleep(time.Millisecond)
	}
}

func (r *recorder) handler() events.Handler {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.handle
}

func TestAudit(t *testing.T) {
	h := newHouse(t)
	h.run(t)
	if !slices.Equal(h.events.consumed, []string{events.ByStaff}) {
		t.Fatalf("consumes %v", h.events.consumed)
	}
	admin := h.as("9", auth.Admin)
	for i := range 3 {
		e := events.Event{Type: "freecar.car.retired.v1", Subject: fmt.Sprint("car", i), Version: 4, Time: noon.Add(time.Duration(i) * time.Minute),
			Trace: "0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-1", Actor: "5", Data: []byte(`{"state":"removed","email":"ada@example.org"}`)}
		for range 2 { // at least once
			if err := h.events.handle(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
	}
	request := userapi.AuditRequest{Paging: wire.Paging{Limit: 2}, Actor: "5", Action: "freecar.car.retired.v1"}
	var all []userapi.AuditRecord
	for {
		page := must[wire.Page[userapi.AuditRecord]](t)(userapi.Audit.Call(t.Context(), admin, request))
		all = append(all, page.Items...)
		if page.NextCursor == nil {
			break
		}
		request.Cursor = *page.NextCursor
	}
	if len(all) != 3 {
		t.Fatalf("got %+v", all)
	}
	got := all[0]
	if got.ID != "car/car2@4" || got.Actor != "5" || got.Subject != "car2" || got.Action != "freecar.car.retired.v1" || !got.At.Equal(noon.Add(2*time.Minute)) ||
		got.TraceID == nil || *got.TraceID != "0af7651916cd43dd8448eb211c80319c" || len(got.Detail) != 1 || got.Detail["state"] != "removed" {
		t.Errorf("got %+v", got)
	}
	from, to := wire.FromTime(noon), wire.FromTime(noon.Add(time.Minute))
	page := must[wire.Page[userapi.AuditRecord]](t)(userapi.Audit.Call(t.Context(), admin, userapi.AuditRequest{Paging: wire.Paging{Limit: 9}, From: &from, To: &to}))
	if len(page.Items) != 1 || page.Items[0].Subject != "car0" {
		t.Errorf("got %+v", page)
	}
}

func TestDeadLetters(t *testing.T) {
	h := newHouse(t)
	admin := h.as("9", auth.Admin)
	h.letters.page = events.DeadLetterPage{Next: "next", Letters: []events.DeadLetter{{ID: "car:1", Consumer: "car", At: noon, Attempts: 20, Error: "no",
		Event: events.Event{Type: "freecar.user.device_registered.v1", Subject: "d", Version: 1}}}}
	page := must[wire.Page[userapi.DeadLetter]](t)(userapi.DeadLetters.Call(t.Context(), admin, userapi.DeadLettersRequest{Consumer: "car", Paging: wire.Paging{Limit: 1, Cursor: "c"}}))
	want := userapi.DeadLetter{ID: "car:1", Consumer: "car", Type: "freecar.user.device_registered.v1", Subject: "d", Version: 1, At: wire.FromTime(noon), Attempts: 20, Error: "no"}
	if len(page.Items) != 1 || page.Items[0] != want || page.NextCursor == nil || *page.NextCursor != "next" || h.letters.asked != (events.DeadLetterFilter{Consumer: "car", Limit: 1, Cursor: "c"}) {
		t.Errorf("got %+v for %+v", page, h.letters.asked)
	}
	some := must[userapi.Replayed](t)(userapi.Replay.Call(t.Context(), admin, userapi.ReplayRequest{IDs: []string{"car:1", "car:2"}}))
	whole := must[userapi.Replayed](t)(userapi.Replay.Call(t.Context(), admin, userapi.ReplayRequest{Consumer: "trip"}))
	if some.Replayed != 2 || whole.Replayed != 7 || !slices.Equal(h.letters.replayed, []string{"car:1", "car:2", "all of trip"}) {
		t.Errorf("got %+v, %+v, %v", some, whole, h.letters.replayed)
	}
}

// TestInterventions: what staff tell the platform to do is an event with their name.
func TestInterventions(t *testing.T) {
	h := newHouse(t)
	h.run(t)
	admin := h.as("9", auth.Admin)
	for _, cache := range []string{"", userapi.CarsCache} {
		if _, err := userapi.PurgeCache.Call(t.Context(), admin, userapi.PurgeCacheRequest{Cache: cache}); err != nil {
			t.Fatal(err)
		}
	}
	must[userapi.Replayed](t)(userapi.Replay.Call(t.Context(), admin, userapi.ReplayRequest{IDs: []string{"car:1"}}))
	for len(h.events.types()) < 3 {
		<-h.events.news
	}
	want := []struct{ kind, data string }{
		{userapi.CachePurged, `"at":"2030-05-01T12:00:00.000Z"`}, {userapi.CachePurged, `"cache":"cars"`}, {"freecar.user.dead_letters_replayed.v1", `"letters":1`},
	}
	for i, e := range h.events.seen {
		if e.Type != want[i].kind || e.Actor != "9" || e.Version != 1 || !strings.Contains(string(e.Data), want[i].data) {
			t.Errorf("got %+v %s", e, e.Data)
		}
	}
}

func TestOversightOfMoney(t *testing.T) {
	h := newHouse(t)
	id := signUp(t, h).Account.ID
	paid, running := ids.Random{}.New(), ids.Random{}.New()
	must[userapi.TopUp](t)(userapi.AddTopUp.Call(t.Context(), h.as(id, auth.Rider), userapi.TopUpRequest{Amount: euros(5000), Keyed: kitx.Keyed{IdempotencyKey: "first"}}))
	trip, clerk := h.trip(id), h.as("9", auth.Finance)
	for _, tripID := range []string{paid, running} {
		must[userapi.Hold](t)(userapi.PlaceHold.Call(t.Context(), trip, userapi.PlaceHoldRequest{TripID: tripID, AccountID: id, Amount: euros(2000)}))
	}
	must[userapi.Hold](t)(userapi.CaptureHold.Call(t.Context(), trip, userapi.CaptureHoldRequest{TripID: paid, Amount: euros(750)}))

	part := euros(250)
	ask := userapi.RefundRequest{ID: paid, Amount: &part, Reason: "a dirty car", Keyed: kitx.Keyed{IdempotencyKey: "r"}}
	refund := must[userapi.OpsEntry](t)(userapi.Refund.Call(t.Context(), clerk, ask))
	if refund.Kind != "refund" || refund.Amount != part || *refund.TripID != paid || refund.AccountID != id || *refund.BookedBy != "9" || *refund.Reason != "a dirty car" {
		t.Errorf("got %+v", refund)
	}
	if again := must[userapi.OpsEntry](t)(userapi.Refund.Call(t.Context(), clerk, ask)); again.ID != refund.ID || clerk.last.Get(kitx.ReplayedHeader) != "true" {
		t.Errorf("got %+v", again)
	}
	if hold := must[userapi.Hold](t)(userapi.GetHold.Call(t.Context(), trip, userapi.GetHoldRequest{TripID: paid})); hold.Refunded != part || hold.Captured != euros(750) {
		t.Errorf("got %+v", hold)
	}
	adjust := must[userapi.OpsEntry](t)(userapi.Adjust.Call(t.Context(), clerk, userapi.AdjustRequest{ID: id, Amount: euros(-5000), Reason: "a dent", Keyed: kitx.Keyed{IdempotencyKey: "a"}}))
	if adjust.Kind != "adjustment" || adjust.Amount != euros(-5000) || adjust.TripID != nil {
		t.Errorf("got %+v", adjust)
	}
	account := userapi.AccountRequest{ID: id}
	want := userapi.Wallet{Balance: euros(-500), Held: euros(2000), Available: euros(-2500)}
	if w := must[userapi.Wallet](t)(userapi.OpsWallet.Call(t.Context(), clerk, account)); w != want {
		t.Errorf("got %+v", w)
	}
	page := must[wire.Page[userapi.OpsEntry]](t)(userapi.OpsEntries.Call(t.Context(), clerk, userapi.OpsEntriesRequest{AccountRequest: account, Paging: wire.Paging{Limit: 2}}))
	if len(page.Items) != 2 || page.NextCursor == nil || page.Items[0].ID != adjust.ID || *page.Items[0].Reason != "a dent" || page.Items[1].ID != refund.ID {
		t.Errorf("got %+v", page)
	}
	operator := &door{house: h, via: "ops"}
	if b := must[userapi.Books](t)(userapi.CheckBooks.Call(t.Context(), operator, kitx.None{})); !b.Balanced || b.Entries != 7 || b.Sum != 0 || len(b.Unequal) != 0 {
		t.Errorf("got %+v", b)
	}
	t.Run("refusals", func(t *testing.T) {
		clerk.key = "z"
		for _, tc := range []struct {
			path, body string
			status     int
			code       string
		}{
			{"/v1/ops/trips/" + paid + "/refund", `{"amount":{"amount":501,"currency":"EUR"},"reason":"x"}`, 409, "refund_too_much"},
			{"/v1/ops/trips/" + running + "/refund", `{"reason":"x"}`, 409, "nothing_captured"},
			{"/v1/ops/trips/" + ids.Random{}.New() + "/refund", `{"reason":"x"}`, 404, "not_found"},
			{"/v1/ops/accounts/1/adjustments", `{"amount":{"amount":501,"currency":"EUR"},"reason":"x"}`, 404, "not_found"},
		} {
			if a := clerk.send(t, "POST", tc.path, tc.body); a.Status != tc.status || a.Code != tc.code {
				t.Errorf("%s %s: got %+v", tc.path, tc.body, a)
			}
		}
		for _, path := range []string{"/v1/ops/accounts/1/wallet", "/v1/ops/accounts/1/wallet/entries"} {
			if a := clerk.send(t, "GET", path, ""); a.Status != 404 {
				t.Errorf("%s: got %+v", path, a)
			}
		}
		clerk.key = "r"
		if a := clerk.send(t, "POST", "/v1/ops/trips/"+paid+"/refund", `{"reason":"another"}`); a.Status != 422 || a.Code != "key_reused" {
			t.Errorf("got %+v", a)
		}
	})
}

// TestFigures: operators see the ledger's totals, the dead letters and what waits in the outbox.
func TestFigures(t *testing.T) {
	h := newHouse(t)
	h.letters.page.Letters = make([]events.DeadLetter, 3)
	rider := h.as(signUp(t, h).Account.ID, auth.Rider)
	must[userapi.TopUp](t)(userapi.AddTopUp.Call(t.Context(), rider, userapi.TopUpRequest{Amount: euros(5000), Keyed: kitx.Keyed{IdempotencyKey: "first"}}))
	h.run(t)
	want := []string{"freecar_dead_letters car 3", "freecar_ledger_minor_units debt 0", "freecar_ledger_minor_units provider -5000",
		"freecar_ledger_minor_units wallet 5000", "freecar_outbox_pending user"}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		got := h.figures(t)
		if len(got) == len(want) && strings.HasPrefix(strings.Join(got, "\n"), strings.Join(want, "\n")) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("got %q, want %q", got, want)
		}
	}
}

// figures are the gauges of what is kept, each with its label and value, in order.
func (h *house) figures(t *testing.T) (lines []string) {
	t.Helper()
	families, err := h.shown.Registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		switch f.GetName() {
		case "freecar_dead_letters", "freecar_ledger_minor_units", "freecar_outbox_pending":
			for _, m := range f.GetMetric() {
				lines = append(lines, fmt.Sprint(f.GetName(), " ", m.GetLabel()[0].GetValue(), " ", m.GetGauge().GetValue()))
			}
		}
	}
	return lines
}

func TestOversightBadInput(t *testing.T) {
	h := newHouse(t)
	admin, unkeyed := h.as("9", auth.Admin), h.as("9", auth.Admin)
	admin.key = "k"
	uuid, long := ids.Random{}.New(), strings.Repeat("x", 201)
	adjust, refund := "/v1/ops/accounts/1/adjustments", "/v1/ops/trips/"+uuid+"/refund"
	for _, tc := range []struct {
		who                *door
		method, path, body string
		want               string
	}{
		{unkeyed, "POST", adjust, `{"amount":{"amount":1,"currency":"EUR"},"reason":"x"}`, "Idempotency-Key required"},
		{unkeyed, "POST", refund, `{"reason":"x"}`, "Idempotency-Key required"},
		{admin, "POST", "/v1/ops/accounts/x/adjustments", `{"amount":{"amount":1,"currency":"EUR"},"reason":"x"}`, "id invalid"},
		{admin, "POST", adjust, `{"reason":"x"}`, "amount.currency required"},
		{admin, "POST", adjust, `{"amount":{"amount":0,"currency":"EUR"},"reason":"x"}`, "amount.amount invalid"},
		{admin, "POST", adjust, `{"amount":{"amount":500001,"currency":"EUR"},"reason":"x"}`, "amount.amount too_large"},
		{admin, "POST", adjust, `{"amount":{"amount":-500001,"currency":"EUR"},"reason":"x"}`, "amount.amount too_small"},
		{admin, "POST", adjust, `{"amount":{"amount":1,"currency":"SEK"},"reason":"x"}`, "amount.currency unsupported"},
		{admin, "POST", adjust, `{"amount":{"amount":1,"currency":"EUR"}}`, "reason required"},
		{admin, "POST", adjust, `{"amount":{"amount":1,"currency":"EUR"},"reason":"  "}`, "reason required"},
		{admin, "POST", adjust, `{"amount":{"amount":1,"currency":"EUR"},"reason":"` + long + `"}`, "reason too_long"},
		{admin, "POST", adjust, `{"amount":{"amount":1,"currency":"EUR"},"reason":"a\u0000"}`, "reason invalid"},
		{admin, "POST", "/v1/ops/trips/x/refund", `{"reason":"x"}`, "id invalid"},
		{admin, "POST", refund, `{}`, "reason required"},
		{admin, "POST", refund, `{"amount":{"amount":0,"currency":"EUR"},"reason":"x"}`, "amount.amount too_small"},
		{admin, "POST", refund, `{"amount":{"amount":-5,"currency":"EUR"},"reason":"x"}`, "amount.amount too_small"},
		{admin, "POST", refund, `{"amount":{"amount":5,"currency":"USD"},"reason":"x"}`, "amount.currency unsupported"},
		{admin, "POST", refund, `{"amount":5,"reason":"x"}`, "amount wrong_type"},
		{admin, "GET", "/v1/ops/accounts/x/wallet", "", "id invalid"},
		{admin, "GET", "/v1/ops/accounts/x/wallet/entries", "", "id invalid"},
		{admin, "GET", "/v1/ops/audit?actor=x", "", "actor invalid"},
		{admin, "GET", "/v1/ops/audit?from=yesterday", "", "from invalid"},
		{admin, "GET", "/v1/ops/audit?from=2030-01-02T00:00:00Z&to=2030-01-01T00:00:00Z", "", "to invalid"},
		{admin, "GET", "/v1/ops/audit?cursor=x", "", "cursor invalid"},
		{admin, "GET", "/v1/ops/audit?limit=0", "", "limit too_small"},
		{admin, "GET", "/v1/ops/audit?action=" + long, "", "action too_long"},
		{admin, "GET", "/v1/ops/dead-letters?limit=101", "", "limit too_large"},
		{admin, "POST", "/v1/ops/dead-letters", `{}`, "ids required"},
		{admin, "POST", "/v1/ops/dead-letters", `{"ids":["a:1"],"consumer":"a"}`, "consumer conflict"},
		{admin, "POST", "/v1/ops/dead-letters", `{"ids":[""]}`, "ids[0] required"},
		{admin, "POST", "/v1/ops/dead-letters", `{"ids":[` + strings.Repeat(`"a:1",`, 100) + `"a:1"]}`, "ids too_long"},
		{admin, "POST", "/v1/ops/cache/purge", `{"cache":"tokens"}`, "cache invalid"},
		{admin, "POST", "/v1/ops/cache/purge", `{"caches":"cars"}`, "caches unknown"},
	} {
		if a := tc.who.send(t, tc.method, tc.path, tc.body); a.Status != 400 || a.bad() != tc.want {
			t.Errorf("%s %s %.80s: got %d %q, want 400 %q", tc.method, tc.path, tc.body, a.Status, a.bad(), tc.want)
		}
	}
	if len(h.letters.replayed) != 0 {
		t.Errorf("a bad request replayed %v", h.letters.replayed)
	}
}
