// Package trip rents cars by the minute: it keeps, starts, follows, ends and prices.
//
// # Words
//
// A rental is one rider's use of one car. It begins as a reservation, which keeps the car
// free of charge for some time, or at once as a trip; a reservation that is started goes
// on as a trip with the same id. A claim is the car's promise to one rental, as a
// reservation or as a trip; a hold is money set aside for it. A plan says what a trip
// costs, in versions that never change; a fare is what it came to, a quote what it would
// come to. A promotion takes something off the fare of whoever starts with its code. A
// zone says where trips may end. An issue is what a rider reports of the car of a trip,
// with photos; staff look after it and close it.
//
// # States
//
// A reservation is active, then started, expired or cancelled. A trip:
//
//	starting ──unlocked──▶ in_progress ──end──▶ ending ──locked, paid──▶ finished
//	    └──no unlock──▶ cancelled  ▲ │   ◀─no lock─┘ ▲
//	                          resume │ pause         │
//	                               │ ▼               │
//	                               paused ───end─────┘
//
// A rental is a saga whose step and deadline are saved with it. Every step may be done
// twice, and any instance may take up what another left (Recover):
//
//	reserving   check licence and wallet, claim the car             → waiting, or withdrawing
//	waiting     for the rider to start it                           → requesting, or lapsing
//	lapsing     expired or cancelled: release the car               → done
//	requesting  claim the car, check the licence, redeem the
//	            promotion, hold the money                           → unlocking, or withdrawing, or returning
//	returning   a refused start is a reservation again              → waiting, or lapsing
//	withdrawing give back what a failed start got                   → done
//	unlocking   the car is told to unlock                           → driving, or cancelling
//	driving     nothing to do
//	pausing     the car is told to lock                             → parked, or driving
//	parked      nothing to do; a car that drives all the same       → driving
//	resuming    the car is told to unlock                           → driving, or parked
//	locking     the car is told to lock                             → settling, or driving, or parked
//	settling    the fare is fixed: capture it, release the car      → done
//	cancelling  release the promotion, the money and the car        → done
//
// What nobody ends, the platform does: a trip that is paused or lasts for too long, as
// soon as its car can be left. A car that rolled on after its rider's end, and locked where
// it cannot be left, is paused. An end whose lock failed is tried again as long as the car
// has not moved since.
//
// # Invariants
//
// An account has at most one live rental, a car too (its claim decides). Whether a
// reservation is started or expires is decided by the one rental that both would change.
// A refused start leaves nothing but the reservation that it began with: no claim of a
// trip, no trip in a list, and no money once a rental without a trip is over. The fare is
// a pure function of plan version, times, odometer and promotion; it never falls while the
// trip runs, and a pause never costs more than driving. Finished and cancelled rentals
// never change. Nobody keeps a car for nothing: who had one and did not drive it can for a
// while neither reserve it nor have a grace with it, and who owes something reserves none.
package trip
