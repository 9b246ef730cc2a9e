// Package events is the vocabulary of what happened. An aggregate's change and its
// event are saved in one write (outbox); a relay publishes what is saved to the bus;
// consumers get everything at least once and order by version.
package events

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Event is one change of one aggregate.
type Event struct {
	// Type is "freecar.<service>.<event>.v1".
	Type string
	// Subject is the aggregate's id.
	Subject string
	// Version is the aggregate's version after the change: 1, 2, 3… without gaps.
	Version int64
	// Time is when it happened, by the server's clock.
	Time time.Time
	// Trace is the b3 header of the request that caused it, to continue the trace.
	Trace string
	// Actor is the account id of the member of staff whose request caused it
	// (auth.StaffActor); empty for riders, devices and the platform itself.
	Actor string
	// Data is the change in JSON: a wire type of the service's api package.
	Data []byte
}

// ID names the event for ever: a consumer that saw it once may skip it. Aggregates of two
// services may share an id (an account and its licence do), so it says whose it is.
func (e Event) ID() string {
	return e.Source() + "/" + e.Subject + "@" + strconv.FormatInt(e.Version, 10)
}

// Source is the service that the event is from.
func (e Event) Source() string {
	parts := strings.Split(e.Type, ".")
	if len(parts) < 2 {
		return ""
	}
	return parts[1]
}

// Type makes the full type of a service's event.
func Type(service, event string) string { return fmt.Sprintf("freecar.%s.%s.v1", service, event) }

// ByStaff stands in the types of a consumer for every event that has an Actor, whatever
// its type; a feed takes types alone. It is what a topic exchange binds: the routing key of
// such an event is its type and ".staff", so that consumers of a type bind the type and ".#".
const ByStaff = "freecar.*.*.*.staff"

// Publisher hands events to the bus.
type Publisher interface {
	// Publish returns nil when the bus has all of them safely; otherwise none, some
	// or all may have been taken, and the caller publishes again.
	Publish(ctx context.Context, batch []Event) error
}

// Handler takes one event. An error means that it comes again, later and at most so
// often; then it is a dead letter.
type Handler func(ctx context.Context, e Event) error

// DeadLetter is an event that a consumer gave up on.
type DeadLetter struct {
	// ID names the letter: one event of one consumer, however often it dies.
	ID       string
	Consumer string
	Event    Event
	At       time.Time // when it was given up
	Attempts int       // how often it was tried
	Error    string    // what the last try said, cut to a line's length
}

// DeadLetterFilter chooses dead letters of a list.
type DeadLetterFilter struct {
	Consumer string // empty for all
	Limit    int    // at least 1
	Cursor   string // empty for the first page, else a page's Next
}

// DeadLetterPage is one page of a list.
type DeadLetterPage struct {
	Letters []DeadLetter
	Next    string // empty on the last page
}

// DeadLetters is what consumers of a bus gave up on. A letter is kept until it is replayed.
type DeadLetters interface {
	// List lists letters, the last given up first. Errors: Invalid for a cursor that no
	// page gave.
	List(ctx context.Context, f DeadLetterFilter) (DeadLetterPage, error)
	// Count is how many letters each consumer has; who has none is left out.
	Count(ctx context.Context) (map[string]int, error)
	// Replay gives the events of these letters to their consumers again, with all tries
	// anew, and says how many there were; a letter that is not there (any more) is passed
	// over. Errors: Invalid for an id that no list gave.
	Replay(ctx context.Context, ids []string) (replayed int, err error)
	// ReplayAll does so with all letters of a consumer.
	ReplayAll(ctx context.Context, consumer string) (replayed int, err error)
}

// Bus is what services publish to and consume from.
type Bus interface {
	Publisher

	// Broadcast tells all feeds and no consumer. It may be lost.
	Broadcast(ctx context.Context, batch []Event) error

	// Declare makes a consumer known: from now on events of the types wait for it, and of
	// no others; each once, also one that two of the types (ByStaff is one) ask for.
	// Whoever consumes declares before anything runs that may publish.
	Declare(ctx context.Context, consumer string, types []string) error

	// Consume declares the consumer and handles its events, each at least once however
	// many instances share the name, also those published while none ran. It blocks
	// until ctx ends and all handlers have returned.
	Consume(ctx context.Context, consumer string, types []string, handle Handler) error

	// Feed gives this caller every event and broadcast of the types from now on, in
	// the bus's order, until ctx ends. ready is called once, when nothing later will
	// be missed; on a gap (reconnect, overrun) Feed calls gap, after which the caller
	// rereads what it mirrors.
	Feed(ctx context.Context, types []string, ready func(), gap func(), handle func(Event)) error
}
