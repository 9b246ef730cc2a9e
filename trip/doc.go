// Package trip rents cars by the minute: it starts, follows, ends and prices trips.
//
// # Words
//
// A trip is one rider's use of one car. A claim is the car's promise to one trip; a hold
// is money set aside for it. A plan says what it costs; a fare is what it came to.
//
// # States
//
//	starting ──unlocked──▶ in_progress ──end──▶ ending ──locked, paid──▶ finished
//	    └──no unlock──▶ cancelled        ◀─no lock─┘
//
// A trip is a saga whose step and deadline are saved with it. Every step may be done
// twice, and any instance may take up what another left (Recover):
//
//	requesting  claim the car, check the licence, hold the money    → unlocking, or withdrawing
//	withdrawing give back what a failed start got                   → done
//	unlocking   the car is told to unlock                           → driving, or cancelling
//	driving     nothing to do
//	locking     the car is told to lock                             → settling, or driving
//	settling    the fare is fixed: capture it, release the car      → done
//	cancelling  release the money and the car                       → done
//
// # Invariants
//
// An account has at most one live trip, a car too (its claim decides). A refused start
// leaves nothing: no money moved, no claim, no trip in a list. The fare is a pure function
// of plan, times and odometer. Finished and cancelled trips never change.
package trip
