package invariants

import (
	"database/sql"
	"encoding/json"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite" // the driver
)

// withEvents are the services that have an event store.
var withEvents = []string{"user", "car", "trip", "profile", "blob"}

// Stores are the files of a platform, opened for reading alone, beside those who write.
type Stores struct {
	folder string
	db     map[string]*sql.DB
}

// Open opens the stores of a data folder for reading.
func Open(tb testing.TB, folder string) *Stores {
	tb.Helper()
	s := &Stores{folder: folder, db: map[string]*sql.DB{}}
	for _, name := range append(slices.Clone(withEvents), "bus", "sandbox-payments") {
		q := url.Values{"mode": {"ro"}, "_pragma": {"busy_timeout(10000)", "query_only(1)"}}
		db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: filepath.Join(folder, name+".db")}).EscapedPath()+"?"+q.Encode())
		if err != nil {
			tb.Fatal(err)
		}
		tb.Cleanup(func() { _ = db.Close() })
		s.db[name] = db
	}
	return s
}

// places is how far each event store is: it moves with every change.
func (s *Stores) places(tb testing.TB) (at []int64) {
	tb.Helper()
	for _, service := range withEvents {
		read(tb, s.db[service], `SELECT coalesce(max(seq), 0) FROM events`, func(scan func(...any)) {
			var last int64
			scan(&last)
			at = append(at, last)
		})
	}
	return at
}

// read runs a query and hands out its rows.
func read(tb testing.TB, db *sql.DB, query string, row func(scan func(...any))) {
	tb.Helper()
	rows, err := db.Query(query)
	if err != nil {
		tb.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	for rows.Next() {
		row(func(into ...any) {
			if err := rows.Scan(into...); err != nil {
				tb.Fatalf("%s: %v", query, err)
			}
		})
	}
	if err := rows.Err(); err != nil {
		tb.Fatalf("%s: %v", query, err)
	}
}

// World is all that the stores hold, as far as the invariants speak of it.
type World struct {
	now time.Time

	Cars     map[string]Car
	carRows  map[string]carColumns
	Rentals  map[string]Rental
	tripRows map[string]tripColumns
	events   map[string][]event // by service, in the order of saving
	relayed  map[string]int64

	Accounts    map[string]Account
	Entries     map[string]Entry
	EntriesOf   map[string][]Entry // by trip
	postings    map[string][]posting
	Balances    map[string]int64
	holds       map[string]hold // by trip
	topUps      map[string]topUp
	charges     map[string]int64
	refunds     map[string]int64 // by trip, as the trip service knows
	audit       map[string]bool
	deviceRows  map[string]int64 // versions
	licences    map[string]licence
	promotions  map[string]promotion
	redemptions []redemption
	kept        []keptKey

	deliveries  []waitingDelivery
	deadLetters []waitingDelivery
	busEvents   map[string]bool
	consumers   map[string][]string // who asked for a type
	prunedUpTo  int64

	rentalEvents []rentalEvent // those of events that are of rentals; see ofRentals

	objects map[string]object
	files   map[string]time.Time // by the object's id, with when it was written
	avatars map[string]string    // the object of an account's avatar
}

// Car is a car as it is stored.
type Car struct {
	ID    string
	State string
	Lock  string
	Claim *struct {
		Kind      string
		ID        string
		AccountID string `json:"account_id"`
		At        int64
	}
	Commands []struct {
		ID, Step, Kind, State string
		ExpiresAt             int64 `json:"expires_at"`
	}
	Version int64
	doc     map[string]any
}

type carColumns struct {
	state, lock string
	claimed     bool
	version     int64
}

// Rental is a reservation or a trip as it is stored.
type Rental struct {
	ID, Account string
	Car         struct{ ID string }
	State, Step string
	Accepted    bool
	Key         requestKey
	StartKey    requestKey `json:"start_key"`
	Term        struct {
		At        int64
		ExpiresAt int64 `json:"expires_at"`
		Extended  bool
		StartAt   int64 `json:"start_at"`
		Over      string
		OverAt    int64 `json:"over_at"`
	}
	CreatedAt int64 `json:"created_at"`
	StartedAt int64 `json:"started_at"`
	EndedAt   int64 `json:"ended_at"`
	Pause     struct {
		At             int64
		ForMS          int64 `json:"for_ms"`
		Asked, Resumed int
		ResumeAt       int64 `json:"resume_at"`
	}
	EndRequestedAt int64  `json:"end_requested_at"`
	EndOdometerM   int64  `json:"end_odometer_m"`
	EndPausedMS    int64  `json:"end_paused_ms"`
	EndAttempts    int    `json:"end_attempts"`
	EndBy          string `json:"end_by"`
	EndUnlocked    bool   `json:"end_unlocked"`
	NextAt         int64  `json:"next_at"`
	Deadline       int64
	Plan           struct {
		ID      string
		Version int64
		Hold    int64 `json:"hold"`
	}
	Promo struct {
		Code        string
		StartID     string `json:"start_id"`
		PromotionID string `json:"promotion_id"`
	}
	StartOdometerM int64 `json:"start_odometer_m"`
	DistanceM      int64 `json:"distance_m"`
	Fare           struct {
		Total int64
		Lines []struct {
			Code   string
			Amount int64
		}
	}
	Reason  string
	Version int64
}

type requestKey struct {
	Principal, Operation, Value string
	BodyHash                    string `json:"body_hash"`
}

func (r Rental) live() bool { return r.ID != "" && !r.Terminal() }

// Terminal says that the rental is over.
func (r Rental) Terminal() bool { return r.State == "finished" || r.State == "cancelled" }

// keeps says that the rental keeps its account from another one.
func (r Rental) keeps() bool { return r.live() && r.Term.Over == "" }

func (r Rental) due() time.Time {
	if r.NextAt == 0 {
		return time.Time{}
	}
	return time.UnixMilli(r.NextAt)
}

type tripColumns struct {
	account, car, slot, state string
	accepted                  bool
	nextAt                    int64
}

type event struct {
	seq, version         int64
	subject, kind, actor string
	at                   int64
	data                 []byte
}

// Account is somebody.
type Account struct {
	Status  string
	Version int64
}

// Entry is a line of the books.
type Entry struct {
	ID, Account, Kind, Trip string
	Amount                  int64
}

type posting struct {
	account string
	amount  int64
}

type hold struct {
	id, account, state         string
	amount, captured, refunded int64
	settled                    bool
	version                    int64
}

type topUp struct {
	id, account, state string
	amount, version    int64
}

type licence struct {
	Status  string
	PhotoID string `json:"photo_id"`
	Version int64
}

type promotion struct {
	ID           string
	TotalLimit   int64 `json:"total_limit"`
	AccountLimit int64 `json:"account_limit"`
	Version      int64
	redeemed     int64
}

type redemption struct {
	start, promotion, account string
	givenBack                 bool
}

// keptKey is an idempotency key with what it was used for.
type keptKey struct {
	service, principal, operation, value string
	effect                               string
	answered                             bool
}

type waitingDelivery struct {
	consumer, event, reason string
	at                      int64
}

type object struct {
	owner, purpose, state string
	size, nextAt, version int64
}

// Load reads everything.
func (s *Stores) Load(tb testing.TB) *World {
	tb.Helper()
	w := &World{now: time.Now()}
	s.loadEvents(tb, w)
	s.loadCars(tb, w)
	s.loadRentals(tb, w)
	s.loadMoney(tb, w)
	s.loadPromotions(tb, w)
	s.loadKeys(tb, w)
	s.loadBus(tb, w)
	s.loadObjects(tb, w)
	return w
}

func decodeDoc(tb testing.TB, doc []byte, into any) {
	tb.Helper()
	if err := json.Unmarshal(doc, into); err != nil {
		tb.Fatalf("%s: %v", doc, err)
	}
}

func (s *Stores) loadEvents(tb testing.TB, w *World) {
	tb.Helper()
	w.events, w.relayed = map[string][]event{}, map[string]int64{}
	for _, service := range withEvents {
		read(tb, s.db[service], `SELECT seq, subject, version, type, actor, at, data FROM events ORDER BY seq`, func(scan func(...any)) {
			var e event
			scan(&e.seq, &e.subject, &e.version, &e.kind, &e.actor, &e.at, &e.data)
			w.events[service] = append(w.events[service], e)
		})
		read(tb, s.db[service], `SELECT seq FROM relayed`, func(scan func(...any)) {
			var at int64
			scan(&at)
			w.relayed[service] = at
		})
	}
}

func (w *World) last(service string) int64 {
	all := w.events[service]
	if len(all) == 0 {
		return 0
	}
	return all[len(all)-1].seq
}

// name is what happened: the last part of an event's type but one.
func (e event) name() string {
	parts := strings.Split(e.kind, ".")
	if len(parts) != 4 {
		return e.kind
	}
	return parts[2]
}

func (s *Stores) loadCars(tb testing.TB, w *World) {
	tb.Helper()
	w.Cars, w.carRows = map[string]Car{}, map[string]carColumns{}
	read(tb, s.db["car"], `SELECT id, state, lock, claimed_at IS NOT NULL, version, doc FROM cars`, func(scan func(...any)) {
		var id string
		var row carColumns
		var doc []byte
		scan(&id, &row.state, &row.lock, &row.claimed, &row.version, &doc)
		var c Car
		decodeDoc(tb, doc, &c)
		decodeDoc(tb, doc, &c.doc)
		w.Cars[id], w.carRows[id] = c, row
	})
}

func (s *Stores) loadRentals(tb testing.TB, w *World) {
	tb.Helper()
	w.Rentals, w.tripRows, w.refunds = map[string]Rental{}, map[string]tripColumns{}, map[string]int64{}
	read(tb, s.db["trip"], `SELECT id, account, car, rental_slot, state, accepted, coalesce(next_at, 0), doc FROM trips`, func(scan func(...any)) {
		var id string
		var row tripColumns
		var doc []byte
		scan(&id, &row.account, &row.car, &row.slot, &row.state, &row.accepted, &row.nextAt, &doc)
		var r Rental
		decodeDoc(tb, doc, &r)
		w.Rentals[id], w.tripRows[id] = r, row
	})
	read(tb, s.db["trip"], `SELECT trip_id, total FROM refunds`, func(scan func(...any)) {
		var id string
		var total int64
		scan(&id, &total)
		w.refunds[id] = total
	})
}

func (s *Stores) loadMoney(tb testing.TB, w *World) {
	tb.Helper()
	w.Accounts, w.Entries, w.EntriesOf, w.postings = map[string]Account{}, map[string]Entry{}, map[string][]Entry{}, map[string][]posting{}
	w.Balances, w.holds, w.topUps, w.charges = map[string]int64{}, map[string]hold{}, map[string]topUp{}, map[string]int64{}
	w.audit, w.deviceRows = map[string]bool{}, map[string]int64{}
	db := s.db["user"]
	read(tb, db, `SELECT id, status, version FROM accounts`, func(scan func(...any)) {
		var id string
		var a Account
		scan(&id, &a.Status, &a.Version)
		w.Accounts[id] = a
	})
	read(tb, db, `SELECT id, version FROM devices`, func(scan func(...any)) {
		var id string
		var version int64
		scan(&id, &version)
		w.deviceRows[id] = version
	})
	read(tb, db, `SELECT id, account_id, kind, trip_id, amount FROM entries`, func(scan func(...any)) {
		var e Entry
		scan(&e.ID, &e.Account, &e.Kind, &e.Trip, &e.Amount)
		w.Entries[e.ID] = e
		if e.Trip != "" {
			w.EntriesOf[e.Trip] = append(w.EntriesOf[e.Trip], e)
		}
	})
	read(tb, db, `SELECT entry_id, ledger_account, amount FROM postings`, func(scan func(...any)) {
		var id string
		var p posting
		scan(&id, &p.account, &p.amount)
		w.postings[id] = append(w.postings[id], p)
	})
	read(tb, db, `SELECT ledger_account, amount FROM balances`, func(scan func(...any)) {
		var p posting
		scan(&p.account, &p.amount)
		w.Balances[p.account] = p.amount
	})
	read(tb, db, `SELECT trip_id, id, account_id, state, amount, captured, refunded, settled_at IS NOT NULL, version FROM holds`, func(scan func(...any)) {
		var trip string
		var h hold
		scan(&trip, &h.id, &h.account, &h.state, &h.amount, &h.captured, &h.refunded, &h.settled, &h.version)
		w.holds[trip] = h
	})
	read(tb, db, `SELECT id, account_id, state, amount, version FROM top_ups`, func(scan func(...any)) {
		var u topUp
		scan(&u.id, &u.account, &u.state, &u.amount, &u.version)
		w.topUps[u.id] = u
	})
	read(tb, db, `SELECT id FROM audit`, func(scan func(...any)) {
		var id string
		scan(&id)
		w.audit[id] = true
	})
	read(tb, s.db["sandbox-payments"], `SELECT id, amount FROM charges`, func(scan func(...any)) {
		var id string
		var amount int64
		scan(&id, &amount)
		w.charges[id] = amount
	})
}

func (s *Stores) loadPromotions(tb testing.TB, w *World) {
	tb.Helper()
	w.promotions, w.redemptions = map[string]promotion{}, nil
	read(tb, s.db["trip"], `SELECT redeemed, doc FROM promotions`, func(scan func(...any)) {
		var p promotion
		var doc []byte
		scan(&p.redeemed, &doc)
		decodeDoc(tb, doc, &p)
		w.promotions[p.ID] = p
	})
	read(tb, s.db["trip"], `SELECT start, promotion, account, given_back IS NOT NULL FROM redemptions`, func(scan func(...any)) {
		var r redemption
		scan(&r.start, &r.promotion, &r.account, &r.givenBack)
		w.redemptions = append(w.redemptions, r)
	})
}

func (s *Stores) loadKeys(tb testing.TB, w *World) {
	tb.Helper()
	w.kept = nil
	for service, query := range map[string]string{
		"user": `SELECT principal, operation, value, effect_id, 1 FROM idempotency_keys`,
		"trip": `SELECT principal, operation, key, trip, answer IS NOT NULL FROM idempotency`,
		"car":  `SELECT principal, operation, key, json_extract(CAST(answer AS TEXT), '$.car.id'), 1 FROM idempotency`,
	} {
		read(tb, s.db[service], query, func(scan func(...any)) {
			k := keptKey{service: service}
			scan(&k.principal, &k.operation, &k.value, &k.effect, &k.answered)
			w.kept = append(w.kept, k)
		})
	}
}

func (s *Stores) loadBus(tb testing.TB, w *World) {
	tb.Helper()
	w.deliveries, w.deadLetters, w.busEvents, w.consumers = nil, nil, map[string]bool{}, map[string][]string{}
	db := s.db["bus"]
	for query, into := range map[string]*[]waitingDelivery{
		`SELECT d.consumer, coalesce(e.id, 'seq ' || d.seq), '', e.at FROM deliveries d LEFT JOIN events e ON e.seq = d.seq`:       &w.deliveries,
		`SELECT d.consumer, coalesce(e.id, 'seq ' || d.seq), reason, e.at FROM dead_letters d LEFT JOIN events e ON e.seq = d.seq`: &w.deadLetters,
	} {
		read(tb, db, query, func(scan func(...any)) {
			var d waitingDelivery
			var at sql.NullInt64
			scan(&d.consumer, &d.event, &d.reason, &at)
			d.at = at.Int64
			*into = append(*into, d)
		})
	}
	read(tb, db, `SELECT id FROM events WHERE id IS NOT NULL`, func(scan func(...any)) {
		var id string
		scan(&id)
		w.busEvents[id] = true
	})
	read(tb, db, `SELECT type, name FROM consumers`, func(scan func(...any)) {
		var t, name string
		scan(&t, &name)
		w.consumers[t] = append(w.consumers[t], name)
	})
	read(tb, db, `SELECT seq FROM pruned`, func(scan func(...any)) { scan(&w.prunedUpTo) })
}

func (s *Stores) loadObjects(tb testing.TB, w *World) {
	tb.Helper()
	w.objects, w.files, w.avatars, w.licences = map[string]object{}, map[string]time.Time{}, map[string]string{}, map[string]licence{}
	// The files first: a row is saved before its bytes can come.
	err := filepath.WalkDir(filepath.Join(s.folder, "objects"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Base(filepath.Dir(path)) == "unfinished" {
			return err
		}
		info, err := d.Info()
		if err == nil {
			w.files[d.Name()] = info.ModTime()
		}
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		tb.Fatal(err)
	}
	read(tb, s.db["blob"], `SELECT id, owner, purpose, state, size, coalesce(next_at, 0), version FROM objects`, func(scan func(...any)) {
		var id string
		var o object
		scan(&id, &o.owner, &o.purpose, &o.state, &o.size, &o.nextAt, &o.version)
		w.objects[id] = o
	})
	read(tb, s.db["user"], `SELECT account_id, blob_id FROM avatars WHERE blob_id <> ''`, func(scan func(...any)) {
		var account, id string
		scan(&account, &id)
		w.avatars[account] = id
	})
	read(tb, s.db["profile"], `SELECT account, doc FROM licences`, func(scan func(...any)) {
		var account string
		var doc []byte
		scan(&account, &doc)
		var l licence
		decodeDoc(tb, doc, &l)
		w.licences[account] = l
	})
}

// Riders are the accounts that have money or a rental.
func (w *World) Riders() map[string]bool {
	all := map[string]bool{}
	for _, e := range w.Entries {
		all[e.Account] = true
	}
	for _, r := range w.Rentals {
		all[r.Account] = true
	}
	return all
}
