// Package peer is the one way to call another service: a chain of Go kit endpoints
// around one HTTP exchange,
//
//	budget → span and metrics → bulkhead → breaker → retry → balancer → instance
//
// where each try chooses an instance anew, and one that cannot be reached costs no try:
// nothing was sent to it. Typed clients (kitx.Route.Call) and the
// gateway's pass-through routes use the same chain.
//
// An instance that cannot be reached, breaks off (in a stream it may), or says nothing to
// anybody for as long as a call has, rests: others get its calls. After that a single read
// tries whether it is back, or a write when none comes; each rest in a row is longer, up to four times the first.
//
// A read that hears nothing for two fifths of the time it has left is asked for at another
// instance, too, if one is awake and the retry budget allows it. Whichever answers first is
// kept. That somebody else was faster is no fault: an instance rests for it only when
// nothing came from it to anybody while two such reads in a row waited. Each hop keeps a
// twentieth of the time, so that those further in lose their patience first.
//
// Refusals say what is known. Unavailable (503): nothing was done, or it does no harm to do
// it again. Timeout (504): a write without a key was sent, and may have been done.
//
// A breaker hears of faults of the callee alone: not of callers who leave, nor of those who
// come with next to no time. While it is open one call at a time tries; only that one's
// success closes it, and one that learns nothing leaves it to the next. Peers of one name
// in a process share it. freecar_breaker_open, freecar_instances_resting and a line in the log
// at each change say so.
package peer
