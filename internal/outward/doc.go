// Package outward is the one way to call what is not ours: a licence reader, an identity
// provider, a payment provider, a webhook. It is the chain of internal/peer,
//
//	budget → span and metrics → bulkhead → breaker → retry → exchange
//
// around an exchange that trusts the other side with nothing: the answer is read whole
// and bounded, redirects are not followed, and no address, header or body of a request or
// an answer appears in a span, a metric, a log or an error, since secrets are in all of
// them.
package outward
