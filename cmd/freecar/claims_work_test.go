package main

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// contest is many clients over few cars and accounts, who write down what they ask for and
// what they are told.
type contest struct {
	t      testing.TB
	r      *rig
	begun  time.Time
	cars   []string
	riders []*contestant
	mu     sync.Mutex
	said   []said
	how    map[string]int // of what was said, by what was asked and answered
	keys   atomic.Int64
}

// contestant is an account, with two phones that use it at once.
type contestant struct {
	client
	account string
	wallet  [2]int64 // available and held at the beginning

	moved atomic.Int64 // how often money was

	mu   sync.Mutex
	last string // the latest rental of either phone
}

// said is one request and its answer. A request that got none, or one that tells nothing
// of what was done, is unknown.
type said struct {
	client          int
	op              string
	account, car    string
	rental, key     string // the rental that it is about, or that was answered
	amount          int64
	call, end       int64
	ok, unknown     bool
	code, reason    string // of a refusal
	state           string // of what was read
	available, held int64
	claim           string // of the car that was read
}

func (s said) refused() bool { return !s.ok && !s.unknown }

// now is a time of the histories.
func (x *contest) now() int64 { return int64(time.Since(x.begun)) }

// at is a server's time of the histories: it runs on the same machine.
func (x *contest) at(ms int64) int64 { return int64(time.UnixMilli(ms).Sub(x.begun)) }

// ask sends a request once and writes it down; fill adds what the answer tells.
func (x *contest) ask(s said, c client, method, path string, body any, fill func(*said, answer)) said {
	var headers []string
	if s.key != "" {
		headers = []string{"Idempotency-Key", s.key}
	}
	s.call = x.now()
	a, err := c.try(method, path, body, headers...)
	s.end = x.now()
	switch {
	case err != nil || a.status >= 500 || a.code() == "idempotency_in_progress":
		s.unknown = true
	case a.status < 300:
		s.ok = true
		if fill != nil {
			fill(&s, a)
		}
	default:
		s.code = a.code()
		if errors, _ := a.body["errors"].([]any); len(errors) > 0 {
			s.reason, _ = errors[0].(m)["code"].(string)
		}
	}
	if a.status == http.StatusInternalServerError {
		x.t.Errorf("%s %s: %v", method, path, a.body)
	}
	x.mu.Lock()
	x.said = append(x.said, s)
	x.how[s.told()]++
	x.mu.Unlock()
	return s
}

// told is what was asked and how it was answered.
func (s said) told() string {
	switch {
	case s.ok:
		return s.op + " ok"
	case s.unknown:
		return s.op + " unknown"
	}
	return s.op + " refused " + s.code
}

// insist asks again with the same key as long as nobody knows, so many times at most.
func (x *contest) insist(times int, ask func() said) (s said) {
	for range times {
		if s = ask(); !s.unknown {
			return s
		}
		<-time.After(30 * time.Millisecond) // an app's pause
	}
	return s
}

func (x *contest) key() string { return fmt.Sprint("contest-", x.keys.Add(1)) }

func answeredID(s *said, a answer) { s.rental, _ = a.body["id"].(string) }

func (x *contest) reserve(client int, who *contestant, car string, times int) said {
	key := x.key()
	return x.insist(times, func() said {
		return x.ask(said{client: client, op: "reserve", account: who.account, car: car, key: key}, who.client, http.MethodPost, "/v1/reservations", m{"car_id": car}, answeredID)
	})
}

// start starts a car or, with its id, a reservation of it.
func (x *contest) start(client int, who *contestant, car, reservation string, times int) said {
	key, body := x.key(), m{"car_id": car}
	if reservation != "" && client%2 == 0 {
		body = m{"reservation_id": reservation}
	}
	return x.insist(times, func() said {
		return x.ask(said{client: client, op: "start", account: who.account, car: car, rental: reservation, key: key}, who.client, http.MethodPost, "/v1/trips", body, answeredID)
	})
}

func (x *contest) onReservation(client int, op string, who *contestant, id string) said {
	s := said{client: client, op: op, account: who.account, rental: id}
	if op == "cancel" {
		return x.ask(s, who.client, http.MethodDelete, "/v1/reservations/"+id, nil, nil)
	}
	return x.ask(s, who.client, http.MethodPost, "/v1/reservations/"+id+"/extend", nil, nil)
}

func (x *contest) end(client int, who *contestant, id string) said {
	s := said{client: client, op: "end", account: who.account, rental: id}
	if client%5 == 4 {
		return x.ask(s, x.r.staff, http.MethodPost, "/v1/ops/trips/"+id+"/end", m{"reason": "a contest"}, nil)
	}
	return x.ask(s, who.client, http.MethodPost, "/v1/trips/"+id+"/end", nil, nil)
}

func (x *contest) see(client int, who *contestant, id string) said {
	return x.ask(said{client: client, op: "see", account: who.account, rental: id}, who.client, http.MethodGet, "/v1/trips/"+id, nil,
		func(s *said, a answer) { s.state, _ = a.body["state"].(string) })
}

// finish takes a trip to its end, whoever else does so too.
func (x *contest) finish(client int, who *contestant, id string) {
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); <-time.After(15 * time.Millisecond) {
		switch s := x.see(client, who, id); s.state {
		case "finished", "cancelled":
			return
		case "in_progress", "paused":
			x.end(client, who, id)
		}
	}
	x.t.Errorf("trip %s of %s does not end", id, who.account)
}

func (x *contest) readWallet(client int, who *contestant) said {
	return x.ask(said{client: client, op: "wallet", account: who.account}, who.client, http.MethodGet, "/v1/me/wallet", nil, func(s *said, a answer) {
		s.available, s.held = int64(cents(x.t, a, "available")), int64(cents(x.t, a, "held"))
	})
}

func (x *contest) readCurrent(client int, who *contestant, path string) said {
	return x.ask(said{client: client, op: "current", account: who.account}, who.client, http.MethodGet, path, nil, answeredID)
}

// money puts some into a wallet, as its rider, or takes some, as staff. No two amounts of
// an account are the same.
func (x *contest) money(client int, who *contestant) {
	key := x.key()
	s := said{client: client, op: "top-up", account: who.account, key: key, amount: 100 + who.moved.Add(1)}
	c, path, body := who.client, "/v1/me/wallet/top-ups", m{"amount": euros(int(s.amount))}
	if client%2 == 1 {
		s.op, s.amount = "adjust", -s.amount
		c, path, body = x.r.staff, "/v1/ops/accounts/"+who.account+"/adjustments", m{"amount": euros(int(s.amount)), "reason": "a contest"}
	}
	x.insist(3, func() said { return x.ask(s, c, http.MethodPost, path, body, nil) })
}

// play is one phone.
func (x *contest) play(client int, who *contestant, random *rand.Rand, stop <-chan struct{}) {
	for {
		select {
		case <-stop:
			return
		default:
		}
		car, times := x.cars[random.IntN(len(x.cars))], 1+random.IntN(8)
		switch random.IntN(12) {
		case 0, 1, 2, 3:
			if s := x.reserve(client, who, car, times); s.ok {
				who.rents(s.rental)
				x.use(client, who, car, s.rental, random)
			}
		case 4, 5, 6:
			if s := x.start(client, who, car, "", times); s.ok {
				who.rents(s.rental)
				x.finish(client, who, s.rental)
				x.refund(client, who, s.rental)
			}
		case 7:
			x.readCurrent(client, who, "/v1/reservations/current")
			x.readCurrent(client, who, "/v1/trips/current")
		case 8:
			x.readWallet(client, who)
		case 9:
			x.money(client, who)
			x.readWallet(client, who)
		case 10:
			x.meddle(client, x.riders[random.IntN(len(x.riders))], who, random)
		case 11:
			x.readCar(client, car)
		}
		<-time.After(time.Duration(random.IntN(20)) * time.Millisecond) // a person's pause
	}
}

func (who *contestant) rents(id string) {
	who.mu.Lock()
	defer who.mu.Unlock()
	who.last = id
}

// use does one of the things that can be done with a reservation.
func (x *contest) use(client int, who *contestant, car, id string, random *rand.Rand) {
	if random.IntN(2) == 0 {
		x.onReservation(client, "extend", who, id)
	}
	switch random.IntN(4) {
	case 0, 1:
		if s := x.start(client, who, car, id, 1+random.IntN(4)); s.ok {
			x.finish(client, who, s.rental)
		}
	case 2:
		x.onReservation(client, "cancel", who, id)
	case 3: // it expires
	}
}

// meddle uses the other phone's rental, or a stranger's, to whom it does not exist (4).
func (x *contest) meddle(client int, other, who *contestant, random *rand.Rand) {
	other.mu.Lock()
	id := other.last
	other.mu.Unlock()
	if id == "" {
		return
	}
	var s said
	switch random.IntN(3) {
	case 0:
		s = x.onReservation(client, "cancel", who, id)
	case 1:
		s = x.onReservation(client, "extend", who, id)
	case 2:
		s = x.ask(said{client: client, op: "end", account: who.account, rental: id}, who.client, http.MethodPost, "/v1/trips/"+id+"/end", nil, nil)
	}
	if other != who && s.code != "not_found" && !s.unknown {
		x.t.Errorf("a stranger's %s of %s: ok %v, %s", s.op, id, s.ok, s.code)
	}
}

// refund gives a little of a fare back, for one trip in three.
func (x *contest) refund(client int, who *contestant, id string) {
	if x.keys.Add(1)%3 > 0 {
		return
	}
	s := said{client: client, op: "refund", account: who.account, rental: id, key: x.key(), amount: 1 + x.keys.Load()%50}
	x.insist(3, func() said {
		return x.ask(s, x.r.staff, http.MethodPost, "/v1/ops/trips/"+id+"/refund", m{"amount": euros(int(s.amount)), "reason": "a contest"}, nil)
	})
}

func (x *contest) readCar(client int, car string) {
	x.ask(said{client: client, op: "car", car: car}, x.r.staff, http.MethodGet, "/v1/ops/cars/"+car, nil, func(s *said, a answer) {
		s.state, _ = a.body["state"].(string)
		if claim, _ := a.body["claim"].(m); claim != nil {
			s.claim, _ = claim["id"].(string)
		}
	})
}

// service is staff who take cars out and bring them back, and retire the last one.
func (x *contest) service(client int, random *rand.Rand, stop <-chan struct{}) {
	for {
		car := x.cars[random.IntN(len(x.cars)-1)]
		if s := x.staffDo(client, "service", car, m{"reason": "a contest"}); !s.refused() {
			<-time.After(20 * time.Millisecond) // somebody looks at the car
			for s := x.staffDo(client, "return", car, nil); s.unknown; s = x.staffDo(client, "return", car, nil) {
				<-time.After(20 * time.Millisecond) // until somebody knows
			}
		}
		select {
		case <-stop:
			for range 100 {
				if s := x.staffDo(client, "retire", x.cars[len(x.cars)-1], nil); s.ok {
					return
				}
				<-time.After(30 * time.Millisecond) // a rider has it
			}
			x.t.Error("the last car is never free")
			return
		case <-time.After(time.Duration(20+random.IntN(80)) * time.Millisecond):
		}
	}
}

func (x *contest) staffDo(client int, op, car string, body any) said {
	return x.ask(said{client: client, op: op, car: car}, x.r.staff, http.MethodPost, "/v1/ops/cars/"+car+"/"+op, body, nil)
}

// richContestant is what each has: nobody is refused for want of money.
const richContestant = 1_000_000

// newContest is a rig's, whose fleet it uses. Trips have no grace, so that each costs
// something.
func newContest(t *testing.T, r *rig, riders int) *contest {
	t.Helper()
	x := &contest{t: t, r: r, begun: time.Now(), cars: r.fleet, how: map[string]int{}}
	r.staff.want(http.StatusCreated, http.MethodPost, "/v1/ops/pricing-plans", aPlan("standard", m{"version": 1}), "Idempotency-Key", "no-grace")
	for range riders {
		c, account := r.rider(r.staff)
		for range richContestant / 100_000 {
			c.topUp(100_000)
		}
		x.riders = append(x.riders, &contestant{client: c.patient(10 * time.Second), account: account, wallet: [2]int64{5_000 + richContestant, 0}})
	}
	x.r.staff = x.r.staff.patient(10 * time.Second)
	r.free(len(r.fleet))
	x.begun = time.Now()
	return x
}

// patient is the client with a limit to its patience.
func (c client) patient(d time.Duration) client {
	c.http = &http.Client{Transport: c.http.Transport, Timeout: d}
	return c
}

// run has all play until so many rentals were had and everything was seen that makes a
// contest, and gives back what they still have. disturb happens meanwhile.
func (x *contest) run(seed uint64, rentals int, disturb func()) {
	var wg, staff sync.WaitGroup
	stop, closed := make(chan struct{}), make(chan struct{})
	for i, who := range x.riders {
		for phone := range 2 {
			client := 2*i + phone
			wg.Go(func() { x.play(client, who, rand.New(rand.NewPCG(seed, uint64(client))), stop) })
		}
	}
	staff.Go(func() { x.service(2*len(x.riders), rand.New(rand.NewPCG(seed, 1000)), closed) })
	if disturb != nil {
		disturb()
	}
	x.awaitAll(x.rentals() + rentals)
	close(stop)
	wg.Wait()
	for i, who := range x.riders {
		wg.Go(func() { x.tidy(2*i, who) })
	}
	wg.Wait()
	close(closed)
	staff.Wait()
}

// seen counts what was answered, by operation.
func (x *contest) seen() map[string]int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return maps.Clone(x.how)
}

func (x *contest) rentals() int {
	how := x.seen()
	return how["reserve ok"] + how["start ok"]
}

// contested is what happens in a contest: one without it would prove nothing.
var contested = []string{"reserve ok", "start ok", "end ok", "cancel ok", "extend ok", "service ok", "return ok", "wallet ok", "car ok", "refund ok",
	"reserve refused account_busy", "start refused car_unavailable", "start refused account_busy"}

// awaitAll waits for that, and for so many rentals, as long as there are more and more.
func (x *contest) awaitAll(rentals int) {
	const patience = 3 * time.Minute
	var missing []string
	had := 0
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); <-time.After(20 * time.Millisecond) {
		how := x.seen()
		missing = slices.DeleteFunc(slices.Clone(contested), func(what string) bool { return how[what] > 0 })
		now := how["reserve ok"] + how["start ok"]
		if len(missing) == 0 && now >= rentals {
			return
		}
		if now > had && now <= rentals {
			had, deadline = now, time.Now().Add(patience)
		}
	}
	x.t.Errorf("%d rentals of %d; nobody saw %q", x.rentals(), rentals, missing)
}

// tidy ends whatever a rider has, as far as the rider knows or not.
func (x *contest) tidy(client int, who *contestant) {
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); <-time.After(50 * time.Millisecond) {
		reserved, driving := x.readCurrent(client, who, "/v1/reservations/current"), x.readCurrent(client, who, "/v1/trips/current")
		switch {
		case reserved.ok:
			x.onReservation(client, "cancel", who, reserved.rental)
		case driving.ok:
			x.finish(client, who, driving.rental)
		case reserved.refused() && driving.refused():
			return
		}
	}
	x.t.Errorf("account %s is never free", who.account)
}
