package main

import (
	"math"
	"slices"
	"time"

	"freecar/internal/histories"
	"freecar/internal/invariants"
)

// span is when something can have happened.
type span struct{ call, end int64 }

// past is before the contest began.
var past = span{math.MinInt64, math.MinInt64 + 1}

func (s span) op(client int, in any) histories.Op {
	return histories.Op{Client: client, Call: s.call, Return: s.end, In: in}
}

// check holds what was said against the promises; w tells what became of what nobody
// knows. Of an answer that never came the effect may be any time later.
func (x *contest) check(w *invariants.World) {
	cars, slots, wallets := map[string][]histories.Op{}, map[string][]histories.Op{}, map[string][]histories.Op{}
	for _, who := range x.riders {
		wallets[who.account] = []histories.Op{past.op(0, histories.WalletOp{What: "at first", Available: who.wallet[0], Held: who.wallet[1]})}
	}
	add := func(to map[string][]histories.Op, object string, when span, client int, in any) {
		to[object] = append(to[object], when.op(client, in))
	}
	for _, r := range w.Rentals {
		life := x.lifeOf(r, w)
		if !life.known {
			continue
		}
		take, drop := histories.RegisterOp{Kind: histories.Take, ID: r.ID}, histories.RegisterOp{Kind: histories.Drop, ID: r.ID}
		add(slots, r.Account, life.slotTaken, life.client, take)
		if r.Terminal() {
			add(slots, r.Account, life.slotFreed, life.client, drop)
		}
		if life.granted || life.touched {
			take.Maybe, drop.Maybe = !life.granted, !life.granted
			add(cars, r.Car.ID, life.claimed, life.client, take)
			if r.Terminal() {
				add(cars, r.Car.ID, life.released, life.client, drop)
			}
		}
		for _, e := range w.EntriesOf[r.ID] {
			switch e.Kind {
			case "hold":
				add(wallets, r.Account, life.held, life.client, histories.WalletOp{What: "hold", Available: -e.Amount, Held: e.Amount, Covered: true})
			case "release":
				add(wallets, r.Account, life.paid, life.client, histories.WalletOp{What: "settle", Available: -e.Amount - r.Fare.Total, Held: e.Amount})
			}
		}
	}
	for _, s := range x.said {
		x.observe(s, w, func(object string, in histories.RegisterOp) { add(cars, object, span{s.call, s.end}, s.client, in) },
			func(in histories.RegisterOp) { add(slots, s.account, span{s.call, s.end}, s.client, in) })
	}
	x.movements(w, func(account string, when span, client int, in histories.WalletOp) {
		add(wallets, account, when, client, in)
	})
	folder := histories.Folder(x.t)
	for _, group := range []struct {
		name  string
		model histories.Model
		all   map[string][]histories.Op
	}{{"car", histories.Register(), cars}, {"account", histories.Register(), slots}, {"wallet", histories.Wallet(), wallets}} {
		ops := 0
		for object, history := range group.all {
			ops += len(history)
			histories.Check(x.t, folder, group.name+"-"+object, group.model, history, time.Minute)
		}
		x.t.Logf("%d histories of a %s, %d operations", len(group.all), group.name, ops)
	}
}

// life is when what happened to a rental can have happened.
type life struct {
	client               int
	known                bool // somebody of the contest asked for it
	granted              bool // its rider got a reservation or a trip
	touched              bool // or it may have claimed the car all the same
	slotTaken, slotFreed span
	claimed, released    span
	held, paid           span
}

func (x *contest) lifeOf(r invariants.Rental, w *invariants.World) (l life) {
	l.granted = r.Accepted || r.Term.At != 0
	l.slotTaken = span{histories.Never, histories.Never}
	l.held = l.slotTaken
	last, sure := int64(0), true
	ends, cancels, starts := int64(histories.Never), int64(histories.Never), int64(histories.Never)
	over, gone := int64(histories.Never), int64(histories.Never) // observed: finished, and kept by nobody
	for _, s := range x.said {
		asked := s.key != "" && s.key == r.Key.Value
		mine := s.rental == r.ID
		if asked {
			l.known, l.client = true, s.client
			l.slotTaken.call = min(l.slotTaken.call, s.call)
			last, sure = max(last, s.end), sure && !s.unknown
			if s.ok && mine {
				l.slotTaken.end = min(l.slotTaken.end, s.end)
			}
		}
		if s.op == "start" && (asked || mine) {
			starts = min(starts, s.call)
			if s.ok && mine {
				l.held.end = min(l.held.end, s.end)
			}
		}
		switch {
		case !mine:
		case s.op == "end":
			ends = min(ends, s.call)
		case s.op == "cancel":
			cancels = min(cancels, s.call)
			if s.ok {
				gone = min(gone, s.end)
			}
		case s.op == "see" && (s.state == "finished" || s.state == "cancelled"):
			over = min(over, s.end)
		}
	}
	first := l.slotTaken.call
	l.touched = !sure
	l.claimed, l.held.call = l.slotTaken, starts
	began := first // when it can have been over, at the earliest
	switch {
	case !l.granted:
		if sure {
			l.slotTaken.end, gone = last, last
		}
	case r.State == "finished":
		began = ends
	case r.Term.Over == "cancelled":
		began = cancels
	case r.Term.Over == "expired":
		began = min(x.at(r.Term.ExpiresAt)-int64(5*time.Millisecond), starts)
	}
	l.slotFreed = span{began, min(over, gone)}
	l.released = span{began, over} // a cancelled reservation gives its car back in its own time
	l.paid = span{max(began, starts), over}
	if r.State != "finished" {
		l.paid.end = histories.Never
	}
	return l
}

// observe adds what an answer tells of cars and slots beside the rentals themselves.
func (x *contest) observe(s said, w *invariants.World, car func(string, histories.RegisterOp), slot func(histories.RegisterOp)) {
	own := histories.RegisterOp{Kind: histories.Own, ID: s.rental}
	switch s.op {
	case "start", "reserve":
		switch {
		case s.ok && s.op == "start" && w.Rentals[s.rental].Term.At != 0: // a reservation went on as a trip
			slot(own)
			car(s.car, own)
		case s.code == "account_busy":
			slot(histories.RegisterOp{Kind: histories.Taken})
		case s.code == "car_unavailable" && s.reason == "claimed":
			car(s.car, histories.RegisterOp{Kind: histories.Taken})
		case s.code == "car_unavailable" && s.reason == "not_in_service":
			car(s.car, histories.RegisterOp{Kind: histories.Closed})
		}
	case "extend":
		if s.ok {
			slot(own)
			car(w.Rentals[s.rental].Car.ID, own)
		}
	case "current":
		if s.ok {
			slot(own)
		}
	case "car":
		x.observeCar(s, car)
	case "service", "retire":
		switch {
		case s.code == "car_claimed":
			car(s.car, histories.RegisterOp{Kind: histories.Taken})
		case !s.refused():
			car(s.car, histories.RegisterOp{Kind: histories.Close, Maybe: s.unknown})
		}
	case "return":
		if !s.refused() {
			car(s.car, histories.RegisterOp{Kind: histories.Open, Maybe: s.unknown})
		}
	}
}

func (x *contest) observeCar(s said, car func(string, histories.RegisterOp)) {
	switch {
	case !s.ok:
	case s.claim != "":
		car(s.car, histories.RegisterOp{Kind: histories.Own, ID: s.claim})
	default:
		car(s.car, histories.RegisterOp{Kind: histories.Free})
		if s.state == "non_operational" || s.state == "removed" {
			car(s.car, histories.RegisterOp{Kind: histories.Closed})
		}
	}
}

// movements are what else moved or read money: a request that got no answer did so if
// there is an entry of it.
func (x *contest) movements(w *invariants.World, add func(string, span, int, histories.WalletOp)) {
	booked := map[string]span{} // by key
	moved := map[string]said{}
	for _, s := range x.said {
		switch {
		case s.op == "wallet" && s.ok:
			add(s.account, span{s.call, s.end}, s.client, histories.WalletOp{What: "read", Available: s.available, Held: s.held, Read: true})
		case s.op == "top-up", s.op == "adjust", s.op == "refund":
			when, again := booked[s.key]
			if !again {
				when = span{s.call, histories.Never}
			}
			if s.ok {
				when.end = min(when.end, s.end)
			}
			booked[s.key], moved[s.key] = when, s
		}
	}
	for key, when := range booked {
		s := moved[key]
		kind := map[string]string{"top-up": "top_up", "adjust": "adjustment", "refund": "refund"}[s.op]
		if !x.isBooked(w, s, kind) {
			if when.end != histories.Never {
				x.t.Errorf("%s of %d for %s was answered and is not in the books", s.op, s.amount, s.account)
			}
			continue
		}
		add(s.account, when, s.client, histories.WalletOp{What: s.op, Available: s.amount})
	}
}

func (x *contest) isBooked(w *invariants.World, s said, kind string) bool {
	if kind == "refund" { // one for each trip at most
		return slices.ContainsFunc(w.EntriesOf[s.rental], func(e invariants.Entry) bool { return e.Kind == kind && e.Amount == s.amount })
	}
	for _, e := range w.Entries {
		if e.Account == s.account && e.Kind == kind && e.Amount == s.amount {
			return true
		}
	}
	return false
}
