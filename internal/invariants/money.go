package invariants

import "strings"

// money is what the books say (16 to 20).
var money = []invariant{
	{"postings sum to zero", (*World).postingsBalance},
	{"balances are sums of postings", (*World).balancesAreSums},
	{"entries say what their postings do", (*World).entriesMatch},
	{"a hold is captured or released once", (*World).holdsSettle},
	{"held is what holds hold", (*World).heldIsPlaced},
	{"refunds are at most captures", (*World).refundsFit},
	{"a trip is paid as it ended", (*World).tripsArePaid},
	{"top-ups are charged once", (*World).topUpsMatch},
}

func (w *World) postingsBalance(f *Findings) {
	total := int64(0)
	for id, all := range w.postings {
		sum := int64(0)
		for _, p := range all {
			sum += p.amount
		}
		f.Expect(sum == 0 && len(all) == 2, "entry "+id, "has the postings %v", all)
		total += sum
	}
	f.Expect(total == 0, "the ledger", "sums to %d", total)
}

func (w *World) balancesAreSums(f *Findings) {
	sums := map[string]int64{}
	for _, all := range w.postings {
		for _, p := range all {
			sums[p.account] += p.amount
		}
	}
	for account, balance := range w.Balances {
		f.Expect(sums[account] == balance, "ledger account "+account, "has %d, and its postings come to %d", balance, sums[account])
	}
	for account := range sums {
		_, kept := w.Balances[account]
		f.Expect(kept, "ledger account "+account, "has postings and no balance")
	}
}

func (w *World) entriesMatch(f *Findings) {
	for id := range w.postings {
		_, known := w.Entries[id]
		f.Expect(known, "entry "+id, "is not there, and its postings are")
	}
	for id, e := range w.Entries {
		about := "entry " + id + " (" + e.Kind + ")"
		f.Expect(len(w.postings[id]) > 0, about, "has no postings")
		effect := int64(0)
		for _, p := range w.postings[id] {
			if mine := strings.TrimPrefix(p.account, "wallet:"); mine == e.Account && (e.Kind != "hold" && e.Kind != "release") {
				effect += p.amount
			}
			if mine := strings.TrimPrefix(p.account, "held:"); mine == e.Account && (e.Kind == "hold" || e.Kind == "release") {
				effect += p.amount
			}
		}
		f.Expect(effect == e.Amount, about, "says %d, and its postings do %d", e.Amount, effect)
	}
}

// sums are what a trip's entries of each kind come to, and how many there are.
func (w *World) sums(trip string) (amounts, counts map[string]int64) {
	amounts, counts = map[string]int64{}, map[string]int64{}
	for _, e := range w.EntriesOf[trip] {
		amounts[e.Kind] += e.Amount
		counts[e.Kind]++
	}
	return amounts, counts
}

func (w *World) holdsSettle(f *Findings) {
	for trip, h := range w.holds {
		amounts, counts := w.sums(trip)
		about := "the hold of " + trip + " (" + h.state + ")"
		once := func(kind string, amount int64) {
			want := int64(0)
			if amount != 0 {
				want = 1
			}
			f.Expect(counts[kind] == want && amounts[kind] == amount, about, "has %d entries of %s with %d, want %d with %d", counts[kind], kind, amounts[kind], want, amount)
		}
		once("hold", h.amount)
		switch h.state {
		case "placed":
			once("release", 0)
			once("capture", 0)
		case "captured":
			once("release", -h.amount)
			once("capture", -h.captured)
		case "released":
			once("release", -h.amount)
			once("capture", 0)
		}
		f.Expect(h.settled == (h.state != "placed"), about, "settled: %v", h.settled)
		f.Expect(h.state == "captured" || h.captured == 0, about, "captured %d", h.captured)
	}
	for trip := range w.EntriesOf {
		_, held := w.holds[trip]
		f.Expect(held, "trip "+trip, "has entries and no hold")
	}
}

func (w *World) heldIsPlaced(f *Findings) {
	placed := map[string]int64{}
	for _, h := range w.holds {
		if h.state == "placed" {
			placed[h.account] += h.amount
		}
	}
	for ledger, amount := range w.Balances {
		if account, is := strings.CutPrefix(ledger, "held:"); is {
			f.Expect(placed[account] == amount, "account "+account, "%d are held, and its holds come to %d", amount, placed[account])
			delete(placed, account)
		}
	}
	for account, amount := range placed {
		f.Expect(amount == 0, "account "+account, "its holds come to %d and nothing is held", amount)
	}
}

func (w *World) refundsFit(f *Findings) {
	for trip, h := range w.holds {
		amounts, _ := w.sums(trip)
		about := "the refunds of " + trip
		f.Expect(amounts["refund"] == h.refunded, about, "are entries of %d, and noted as %d", amounts["refund"], h.refunded)
		f.Expect(h.refunded <= h.captured, about, "are %d of %d", h.refunded, h.captured)
		f.Expect(w.refunds[trip] == h.refunded, about, "are %d, and the receipt knows of %d", h.refunded, w.refunds[trip])
	}
	for trip := range w.refunds {
		_, held := w.holds[trip]
		f.Expect(held, "the refunds of "+trip, "are of no hold")
	}
}

// tripsArePaid holds the trips' store against the books.
func (w *World) tripsArePaid(f *Findings) {
	for id, r := range w.Rentals {
		h, held := w.holds[id]
		about := "rental " + id + " (" + r.State + ", " + r.Step + ")"
		f.Expect(!held || h.account == r.Account || h.account == "" && h.amount == 0, about, "its hold is of account %s", h.account)
		switch {
		case r.State == "finished" && r.Fare.Total > 0:
			f.Expect(h.state == "captured" && h.captured == r.Fare.Total, about, "costs %d, and of its hold (%s) %d were captured", r.Fare.Total, h.state, h.captured)
		case r.Terminal():
			f.Expect(!held || h.state == "released", about, "costs nothing, and its hold is %s", h.state)
		case r.Accepted:
			f.Expect(h.state == "placed" && h.amount == r.Plan.Hold, about, "its hold is %+v, the plan's %d", h, r.Plan.Hold)
		default: // a reservation; a start that failed may have left its hold to the next
			f.Expect(!held || h.state == "placed" && r.Term.StartAt != 0, about, "was never started, and has the hold %+v", h)
		}
		sum := int64(0)
		for _, line := range r.Fare.Lines {
			sum += line.Amount
		}
		f.Expect(!r.Terminal() || sum == r.Fare.Total, about, "its lines come to %d of %d", sum, r.Fare.Total)
	}
	for trip := range w.holds {
		_, known := w.Rentals[trip]
		f.Expect(known, "the hold of "+trip, "is of no rental")
	}
}

// topUpsMatch holds the books against the provider's.
func (w *World) topUpsMatch(f *Findings) {
	booked := map[string]int64{}
	for _, e := range w.Entries {
		if e.Kind == "top_up" {
			booked[e.Account] += e.Amount
		}
	}
	for id, u := range w.topUps {
		charged, known := w.charges[id]
		about := "top-up " + id + " (" + u.state + ")"
		f.Expect(known == (u.state == "settled") || u.state == "pending", about, "charged: %v", known)
		f.Expect(!known || charged == u.amount, about, "of %d, and %d were charged", u.amount, charged)
		if u.state == "settled" {
			booked[u.account] -= u.amount
		}
	}
	for id := range w.charges {
		_, known := w.topUps[id]
		f.Expect(known, "the charge "+id, "is of no top-up")
	}
	for account, rest := range booked {
		f.Expect(rest == 0, "account "+account, "its entries of top-ups differ from the top-ups by %d", rest)
	}
}
