// Package crash names the places where the program may die, so that a test can have it die
// there: at each of them once, kill -9 and no less, without the test knowing them.
//
// A point is a moment and what it is about: "saved freecar.trip.accepted.v1" is after the
// commit of that event, "asking car.Claim" before the call of that operation leaves. Points
// are in few places that all of the program passes (the chain of a peer, the store, outbox,
// relay, bus), so that a new step of a saga has its own without being told.
//
// All of this is in programs built with the tag crash alone; in any other a point does
// nothing. What it is given is worked out all the same: give it what is at hand, or ask Armed
// first. A program that was built to die takes two more variables of the environment:
//
//	FREECAR_CRASH_AT    the point where it kills itself; "point#2" is its second passing
//	FREECAR_CRASH_LIST  the file to which it adds each point that it passes, a line each
package crash
