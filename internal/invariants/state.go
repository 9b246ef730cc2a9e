package invariants

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// exclusivity is who has which car (1 to 4).
var exclusivity = []invariant{
	{"a claim has its rental", (*World).claimsHaveRentals},
	{"a rental has its claim", (*World).rentalsHaveClaims},
	{"one rental per account and car", (*World).oneRentalEach},
	{"slots", (*World).slots},
	{"one rental per account, always", (*World).oneRentalAlways},
	{"claims change hands by release", (*World).claimHistory},
}

// lifecycle is what states there are and how they came to be (5 to 11).
var lifecycle = []invariant{
	{"versions without gaps", (*World).gapless},
	{"the last event is the state", (*World).lastEventIsState},
	{"legal steps of cars", (*World).carSteps},
	{"legal steps of rentals", (*World).rentalSteps},
	{"the end is the end", (*World).terminalStays},
	{"columns repeat the document", (*World).columns},
	{"nothing past its deadline", (*World).deadlines},
}

func (w *World) claimsHaveRentals(f *Findings) {
	for _, c := range w.Cars {
		if c.Claim == nil {
			continue
		}
		r, known := w.Rentals[c.Claim.ID]
		about := fmt.Sprintf("car %s, claimed by %s %s", c.ID, c.Claim.Kind, c.Claim.ID)
		if !known || !r.live() {
			f.Add(about, "there is no such live rental (known: %v, %s)", known, r.State)
			continue
		}
		f.Expect(r.Car.ID == c.ID, about, "the rental is of car %s", r.Car.ID)
		f.Expect(r.Account == c.Claim.AccountID, about, "the rental is of account %s, the claim of %s", r.Account, c.Claim.AccountID)
		kind := "reservation"
		if r.Accepted {
			kind = "trip"
		}
		f.Expect(c.Claim.Kind == kind, about, "the rental is a %s", kind)
	}
}

func (w *World) rentalsHaveClaims(f *Findings) {
	for _, r := range w.Rentals {
		if !r.live() {
			continue
		}
		c := w.Cars[r.Car.ID]
		f.Expect(c.Claim != nil && c.Claim.ID == r.ID, "rental "+r.ID+" ("+r.Step+")", "its car %s is claimed by %+v", r.Car.ID, c.Claim)
	}
}

func (w *World) oneRentalEach(f *Findings) {
	accounts, cars := map[string][]string{}, map[string][]string{}
	for _, r := range w.Rentals {
		if r.keeps() {
			accounts[r.Account] = append(accounts[r.Account], r.ID)
		}
		if r.live() {
			cars[r.Car.ID] = append(cars[r.Car.ID], r.ID)
		}
	}
	for kind, all := range map[string]map[string][]string{"account ": accounts, "car ": cars} {
		for id, rentals := range all {
			f.Expect(len(rentals) == 1, kind+id, "has the live rentals %v", rentals)
		}
	}
}

func (w *World) slots(f *Findings) {
	for id, row := range w.tripRows {
		r, want := w.Rentals[id], id
		if r.keeps() {
			want = r.Account
		}
		f.Expect(row.slot == want, "rental "+id, "takes the slot %s, want %s", row.slot, want)
	}
}

// oneRentalAlways replays the rentals in the order in which they were saved.
func (w *World) oneRentalAlways(f *Findings) {
	taken := map[string]string{}
	for _, e := range w.ofRentals() {
		r := e.rental
		holder := taken[r.AccountID]
		switch keeps := !ended[r.State] && (r.Reservation == nil || r.Reservation.Over == ""); {
		case keeps && holder != "" && holder != e.subject:
			f.Add("account "+r.AccountID, "has %s and %s at once, since event %d", holder, e.subject, e.seq)
		case keeps:
			taken[r.AccountID] = e.subject
		case holder == e.subject:
			delete(taken, r.AccountID)
		}
	}
}

func (w *World) claimHistory(f *Findings) {
	for id, history := range w.histories("car") {
		var before *carSnapshot
		for _, e := range history {
			now := carAfter(e)
			about := fmt.Sprintf("car %s@%d (%s)", id, e.version, e.name())
			if before != nil && before.Claim != nil && now.Claim != nil {
				f.Expect(before.Claim.ID == now.Claim.ID && before.Claim.AccountID == now.Claim.AccountID, about,
					"the claim of %v goes to %v", *before.Claim, *now.Claim)
			}
			if c := now.Claim; c != nil {
				r, known := w.Rentals[c.ID]
				f.Expect(known && r.Car.ID == id && r.Account == c.AccountID, about, "%v claims it: no rental of it asked for that", *c)
			}
			before = &now
		}
	}
}

// histories are a service's events by subject, by version.
func (w *World) histories(service string) map[string][]event {
	all := map[string][]event{}
	for _, e := range w.events[service] {
		all[e.subject] = append(all[e.subject], e)
	}
	for _, history := range all {
		slices.SortFunc(history, func(a, b event) int { return int(a.version - b.version) })
	}
	return all
}

// gapless holds all histories of all services to their aggregates' versions (5).
func (w *World) gapless(f *Findings) {
	saved := map[string]map[string]int64{"user": {}, "car": {}, "trip": {}, "profile": {}, "blob": {}}
	for id, a := range w.Accounts {
		saved["user"][id] = a.Version
	}
	for id, version := range w.deviceRows {
		saved["user"][id] = version
	}
	for _, h := range w.holds {
		saved["user"][h.id] = h.version
	}
	for id, u := range w.topUps {
		saved["user"][id] = u.version
	}
	for id, c := range w.Cars {
		saved["car"][id] = c.Version
	}
	for id, r := range w.Rentals {
		saved["trip"][id] = r.Version
	}
	for id, p := range w.promotions {
		saved["trip"][id] = p.Version
	}
	for id, l := range w.licences {
		saved["profile"][id] = l.Version
	}
	for id, o := range w.objects {
		saved["blob"][id] = o.version
	}
	for _, service := range withEvents {
		histories := w.histories(service)
		for subject, history := range histories {
			for i, e := range history {
				f.Expect(e.version == int64(i+1), service+" "+subject, "event %d of it is of version %d", i+1, e.version)
				f.Expect(strings.HasPrefix(e.kind, "freecar."+service+"."), service+" "+subject, "has an event of the type %s", e.kind)
			}
			if version, known := saved[service][subject]; known {
				f.Expect(int64(len(history)) == version, service+" "+subject, "is of version %d and has %d events", version, len(history))
			}
		}
		for subject, version := range saved[service] {
			f.Expect(version == 0 || len(histories[subject]) > 0, service+" "+subject, "is of version %d and has no events", version)
		}
	}
}

// lastEventIsState replays: the latest event tells the whole aggregate (11).
func (w *World) lastEventIsState(f *Findings) {
	cars := w.histories("car")
	for id, c := range w.Cars {
		if history := cars[id]; len(history) > 0 {
			var told map[string]any
			mustDecode(history[len(history)-1].data, &told)
			delete(told, "command")
			delete(told, "seen")
			for _, name := range differing(c.doc, told) {
				f.Add("car "+id, "its %s is %v, and by its last event %v", name, c.doc[name], told[name])
			}
		}
	}
	rentals := w.histories("trip")
	for id, r := range w.Rentals {
		if history := rentals[id]; len(history) > 0 {
			var told rentalSnapshot
			mustDecode(history[len(history)-1].data, &told)
			stored, replayed := r.facts(), told.facts()
			for _, name := range slices.Sorted(maps.Keys(stored)) {
				f.Expect(stored[name] == replayed[name], "rental "+id, "its %s is %v, and by its last event %v", name, stored[name], replayed[name])
			}
		}
	}
}

// carSteps holds each event of a car to what may happen to a car (5, 10).
func (w *World) carSteps(f *Findings) {
	for id, history := range w.histories("car") {
		var before *carSnapshot
		for _, e := range history {
			now := carAfter(e)
			if wrong := carStep(before, now, e.name()); wrong != "" {
				f.Add(fmt.Sprintf("car %s@%d", id, e.version), "%s: %s", e.name(), wrong)
			}
			before = &now
		}
	}
}

func (w *World) rentalSteps(f *Findings) {
	histories := map[string][]rentalEvent{}
	for _, e := range w.ofRentals() {
		histories[e.subject] = append(histories[e.subject], e)
	}
	for id, history := range histories {
		slices.SortFunc(history, func(a, b rentalEvent) int { return int(a.version - b.version) })
		step := ""
		for _, e := range history {
			about := fmt.Sprintf("rental %s@%d", id, e.version)
			to, legal := rentalMoves[e.name()][step]
			if !legal {
				f.Add(about, "%s while %q", e.name(), step)
				break
			}
			step = to
			if e.rental.Version != e.version {
				continue // one of several changes that were saved together: only the last tells the state
			}
			f.Expect(e.rental.Step == step, about, "after %s it is %s, want %s", e.name(), e.rental.Step, step)
			f.Expect(slices.Contains(statesOf[step], e.rental.State), about, "while %s it is %s", step, e.rental.State)
		}
		if r, known := w.Rentals[id]; known {
			f.Expect(r.Step == step, "rental "+id, "is %s, and by its events %s", r.Step, step)
		}
	}
}

// terminalStays says that nothing comes after the end (6).
func (w *World) terminalStays(f *Findings) {
	over := map[string]rentalEvent{}
	for _, e := range w.ofRentals() {
		if first, was := over[e.subject]; was {
			f.Add("rental "+e.subject, "%s after %s", e.name(), first.name())
		}
		if ended[e.rental.State] {
			over[e.subject] = e
		}
	}
	removed := map[string]bool{}
	for _, e := range w.events["car"] {
		f.Expect(!removed[e.subject], "car "+e.subject, "%s after it was removed", e.name())
		removed[e.subject] = removed[e.subject] || e.name() == "retired"
	}
}

func (w *World) columns(f *Findings) {
	for id, row := range w.tripRows {
		r := w.Rentals[id]
		f.Expect(row.account == r.Account && row.car == r.Car.ID && row.state == r.State && row.accepted == r.Accepted && row.nextAt == r.NextAt && r.ID == id,
			"rental "+id, "columns %+v, document %+v", row, r)
	}
	for id, row := range w.carRows {
		c := w.Cars[id]
		f.Expect(row.state == c.State && row.lock == c.Lock && row.claimed == (c.Claim != nil) && row.version == c.Version && c.ID == id,
			"car "+id, "columns %+v, document %+v", row, c)
	}
}

// late is what a look a second may take, on a machine with other things to do.
const late = 10 * time.Second

// deadlines says that nothing waits for what is over (7, 8, 9).
func (w *World) deadlines(f *Findings) {
	overdue := func(ms int64) bool { return ms > 0 && time.UnixMilli(ms).Add(late).Before(w.now) }
	for id, r := range w.Rentals {
		f.Expect(!r.live() || !overdue(r.Deadline), "rental "+id, "is still %s", r.Step)
		f.Expect(!r.live() || !overdue(r.NextAt), "rental "+id, "was to be looked after before %v", w.now)
		f.Expect(r.Step != "waiting" || !overdue(r.Term.ExpiresAt), "reservation "+id, "has not expired")
		f.Expect(!r.Terminal() || r.NextAt == 0 && r.Deadline == 0, "rental "+id, "is over and has something to do")
	}
	for id, c := range w.Cars {
		for _, k := range c.Commands {
			f.Expect(k.State != "waiting" || !overdue(k.ExpiresAt), "car "+id, "its %s still waits", k.Kind)
		}
	}
}
