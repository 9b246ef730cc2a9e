// Package gateway is the one door for clients. It keeps nothing that must last.
//
// It is a table: a Route is one line that says which operation of a service clients may
// reach, which limits count its requests and whether it takes an idempotency key. Who
// may call and how large a body may be is the operation's own declaration (kitx.Spec),
// which the service checks as well.
//
// Its words: a route passes a request on, bytes and all, to the peer of the service that
// owns the operation; a limit is how many events a key (an account, a client's address)
// may cause in a window of time; a door check is what happens before: the access token
// becomes a principal (Verifier) that is not revoked (Revocations), and whatever else a
// client says of identity, deadline or trace is dropped. An export is the one answer that
// the gateway puts together from what several services say.
//
// A client's address is the one that connects. Clients behind one proxy or load balancer are
// one client to the limits by address: there, have it keep the source address, or limit
// in the proxy and set --limits off.
//
// What is revoked is followed at the user service every second, and known whole before
// anybody is let in; while that service is away the last list holds, and a metric says how
// old it is. A stream ends when its principal is revoked.
//
// Invariants: a route is there once, has a decision about who may call, and is never one
// that services keep among themselves (/internal/). What a service answers, refusals
// included, reaches the client unchanged.
package gateway
