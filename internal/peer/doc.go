// Package peer is the one way to call another service: a chain of Go kit endpoints
// around one HTTP exchange,
//
//	budget → span and metrics → bulkhead → breaker → retry → balancer → instance
//
// where each try chooses an instance anew, and one that cannot be reached costs no try:
// nothing was sent to it. Typed clients (kitx.Route.Call) and the
// gateway's pass-through routes use the same chain.
package peer
