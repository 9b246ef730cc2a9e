package invariants

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"freecar/internal/events"
)

// delivery is what becomes of events (39).
var delivery = []invariant{
	{"all is published", (*World).allIsPublished},
	{"all is handled", (*World).allIsHandled},
	{"deeds of staff are on record", (*World).deedsAreOnRecord},
}

// effects are what was done once (18, 21).
var effects = []invariant{
	{"a key has its effect", (*World).keysHaveEffects},
	{"promotions count their trips", (*World).promotionsCount},
}

// files are the objects' bytes.
var files = []invariant{
	{"rows and files", (*World).rowsAndFiles},
	{"pictures are there", (*World).picturesAreThere},
}

func (w *World) allIsPublished(f *Findings) {
	for _, service := range withEvents {
		last := w.last(service)
		f.Expect(w.relayed[service] == last, service, "has published up to %d of %d", w.relayed[service], last)
		if w.prunedUpTo > 0 {
			continue // the bus forgets what is old and handled
		}
		for _, e := range w.events[service] {
			if len(w.audience(e)) > 0 {
				f.Expect(w.busEvents[e.id(service)], e.id(service), "(%s) never reached the bus", e.name())
			}
		}
	}
}

func (e event) id(service string) string {
	return service + "/" + e.subject + "@" + strconv.FormatInt(e.version, 10)
}

// audience is who asked for an event.
func (w *World) audience(e event) []string {
	names := w.consumers[e.kind]
	if e.actor != "" {
		names = append(names[:len(names):len(names)], w.consumers[events.ByStaff]...)
	}
	return names
}

func (w *World) allIsHandled(f *Findings) {
	for _, d := range w.deliveries {
		f.Add(d.event, "waits for %s", d.consumer)
	}
	for _, d := range w.deadLetters {
		f.Add(d.event, "is a dead letter of %s: %s", d.consumer, d.reason)
	}
}

// deedsAreOnRecord holds the audit against the events that it is made of.
func (w *World) deedsAreOnRecord(f *Findings) {
	known := map[string]bool{}
	for _, service := range withEvents {
		for _, e := range w.events[service] {
			known[e.id(service)] = true
			f.Expect(e.actor == "" || w.audit[e.id(service)], e.id(service), "(%s, by %s) is not on record", e.name(), e.actor)
		}
	}
	for id := range w.audit {
		f.Expect(known[id], id, "is on record and never happened")
	}
}

// keysHaveEffects holds what was recorded under keys against what was done (18).
func (w *World) keysHaveEffects(f *Findings) {
	by := map[string]string{}
	for _, k := range w.kept {
		about := fmt.Sprintf("the key %s of %s for %s", k.value, k.principal, k.operation)
		other, used := by[k.service+k.operation+k.effect]
		f.Expect(!used || k.service == "car", about, "has the effect %s, as has the key %s", k.effect, other)
		by[k.service+k.operation+k.effect] = k.value
		switch k.service {
		case "user":
			u, topUp := w.topUps[k.effect]
			_, entry := w.Entries[k.effect]
			f.Expect(topUp != entry, about, "a top-up: %v, an entry: %v", topUp, entry)
			f.Expect(!topUp || u.account == k.principal && u.state != "declined", about, "the top-up is %+v", u)
		case "car":
			_, known := w.Cars[k.effect]
			f.Expect(known, about, "there is no car %s", k.effect)
		case "trip":
			w.rentalKey(f, k, about)
		}
	}
	recorded := map[requestKey]bool{}
	for _, k := range w.kept {
		recorded[requestKey{Principal: k.principal, Operation: k.operation, Value: k.value}] = true
	}
	for id, r := range w.Rentals {
		for _, k := range []requestKey{r.Key, r.StartKey} {
			fresh := time.UnixMilli(r.CreatedAt).After(w.now.Add(-24 * time.Hour))
			granted := k == r.StartKey && r.Accepted || k == r.Key && (r.Accepted || r.Term.At != 0)
			k.BodyHash = ""
			f.Expect(k.Value == "" || !fresh || !granted || recorded[k], "rental "+id, "its key %s is not kept", k.Value)
		}
	}
}

func (w *World) rentalKey(f *Findings, k keptKey, about string) {
	r, known := w.Rentals[k.effect]
	f.Expect(known && r.Account == k.principal, about, "the rental %s is of %s", k.effect, r.Account)
	same := func(own requestKey) bool {
		return own.Principal == k.principal && own.Operation == k.operation && own.Value == k.value
	}
	switch {
	case same(r.StartKey):
		f.Expect(k.answered == r.Accepted, about, "answered: %v, accepted: %v", k.answered, r.Accepted)
	case same(r.Key):
		got := r.Accepted || r.Term.At != 0
		f.Expect(k.answered == got, about, "answered: %v, granted: %v", k.answered, got)
	default:
		f.Add(about, "the rental %s has the keys %v and %v", k.effect, r.Key, r.StartKey)
	}
}

// promotionsCount holds each promotion to its limits and to the trips that have it (21).
func (w *World) promotionsCount(f *Findings) {
	total, byAccount := map[string]int64{}, map[[2]string]int64{}
	had := map[string]bool{}
	for _, r := range w.redemptions {
		if r.givenBack {
			continue
		}
		had[r.start] = true
		total[r.promotion]++
		byAccount[[2]string{r.promotion, r.account}]++
		trip, _, _ := strings.Cut(r.start, "@")
		of := w.Rentals[trip]
		f.Expect(of.Promo.StartID == r.start && of.Promo.PromotionID == r.promotion && of.Account == r.account && of.Accepted && of.State != "cancelled",
			"the redemption of "+r.start, "its trip (%s) has the promotion %+v", of.State, of.Promo)
	}
	for id, p := range w.promotions {
		f.Expect(p.redeemed == total[id], "promotion "+id, "counts %d, and %d trips have it", p.redeemed, total[id])
		f.Expect(p.TotalLimit == 0 || total[id] <= p.TotalLimit, "promotion "+id, "%d trips have it, %d may", total[id], p.TotalLimit)
	}
	for k, n := range byAccount {
		f.Expect(n <= w.promotions[k[0]].AccountLimit, "promotion "+k[0], "%d trips of account %s have it, %d may", n, k[1], w.promotions[k[0]].AccountLimit)
	}
	for id, r := range w.Rentals {
		if r.Promo.PromotionID == "" || !r.Accepted {
			continue
		}
		took := false
		for _, line := range r.Fare.Lines {
			took = took || line.Code == "promotion"
		}
		f.Expect(had[r.Promo.StartID] == (r.live() || took), "rental "+id, "has promotion %s redeemed: %v, it took something off: %v", r.Promo.PromotionID, had[r.Promo.StartID], took)
	}
}

// objectGrace is how long a file may be without its row's word: the sweep looks once a
// minute, and waits for uploads that are on their way.
const objectGrace = 3 * time.Minute

func (w *World) rowsAndFiles(f *Findings) {
	for id := range w.files {
		o, known := w.objects[id]
		f.Expect(known, "file "+id, "has no row")
		overdue := o.nextAt > 0 && time.UnixMilli(o.nextAt).Add(objectGrace).Before(w.now)
		f.Expect(!known || o.state != "deleted" || !overdue, "file "+id, "was deleted long ago")
	}
	for id, o := range w.objects {
		_, there := w.files[id]
		f.Expect(o.state != "stored" || there, "object "+id, "is %s and has no file", o.state)
	}
}

func (w *World) picturesAreThere(f *Findings) {
	for account, id := range w.avatars {
		f.Expect(w.objects[id].state == "stored" && w.objects[id].owner == account, "the avatar of "+account, "is the object %+v", w.objects[id])
	}
	for account, l := range w.licences {
		if l.PhotoID == "" {
			continue
		}
		o := w.objects[l.PhotoID]
		f.Expect(o.owner == account && o.state != "deleted", "the licence of "+account, "has the photo %+v", o)
	}
}
