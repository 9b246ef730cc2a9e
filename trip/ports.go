package trip

import (
	"context"
	"time"

	"freecar/internal/idem"
	"freecar/internal/money"
)

// Service is what the trip service offers.
type Service interface {
	// Start rents a car: 201 means that car, licence and money are there; the unlock
	// follows. Errors: ErrAccountBusy, ErrCarUnavailable, ErrLicence, ErrFunds, NotFound
	// (no such car), KeyReused, idem.ErrInProgress, Unavailable. After an error nothing
	// is left of it, or recovery will undo it within RequestAtMost.
	Start(ctx context.Context, c StartTrip) (Started, error)
	// End asks the car to lock and stops the fare's clock. Asking again while it ends, or
	// after, changes nothing. Errors: NotFound, ErrEndRefused with all reasons.
	End(ctx context.Context, account, id string) (Trip, error)
	// Trip is one of the account's trips, with live fare and distance. Errors: NotFound.
	Trip(ctx context.Context, account, id string) (Trip, error)
	// Current is the account's live trip. Errors: NotFound.
	Current(ctx context.Context, account string) (Trip, error)
	// Trips lists the account's accepted trips, newest first.
	Trips(ctx context.Context, f Filter) (Page, error)
	// Receipt is a finished trip of the account. Errors: NotFound.
	Receipt(ctx context.Context, account, id string) (Trip, error)
	// Plans are the price lists in force.
	Plans(ctx context.Context) []Plan
	// Live says whether a claim of this trip on a car still stands.
	Live(ctx context.Context, id string) (bool, error)
	// Advance takes a trip on as far as its car allows. It may come twice, late and out of
	// order.
	Advance(ctx context.Context, id string) error
	// Recover takes up what is due, until ctx ends; several may run.
	Recover(ctx context.Context) error
}

// StartTrip asks for a trip.
type StartTrip struct {
	Account, CarID string
	Key            idem.Key
}

// Started is the answer, and whether it was given before.
type Started struct {
	Trip     Trip
	Replayed bool
}

// Filter chooses one page of an account's trips. An empty State is all.
type Filter struct {
	Account string
	State   State
	Limit   int
	Cursor  string
}

// Page is one page; an empty Next is the last.
type Page struct {
	Trips []Trip
	Next  string
}

// Repository keeps trips. It saves a trip's changes as events in the same write.
type Repository interface {
	// Create saves a new trip and records its idempotency key. Errors: ErrAccountBusy
	// when the account has a live trip; ErrDuplicateKey when the key is recorded.
	Create(ctx context.Context, t Trip) error
	// ByKey finds what a key recorded: the trip as it was when accepted, or as it is
	// when not (then Accepted is false). The hash is the one recorded. Errors: NotFound,
	// also for a key that at now is older than idem.Keep.
	ByKey(ctx context.Context, k idem.Key, now time.Time) (t Trip, hash string, err error)
	// Trip finds any trip. Errors: NotFound.
	Trip(ctx context.Context, id string) (Trip, error)
	// Current finds the account's live trip, accepted or not. Errors: NotFound.
	Current(ctx context.Context, account string) (Trip, error)
	// Trips lists accepted trips by creation, newest first. Errors: Invalid for a cursor
	// that no page gave.
	Trips(ctx context.Context, f Filter) (Page, error)
	// Update changes a trip atomically and returns it as saved. An error of change is
	// returned as it is and nothing is saved; change may run more than once. A trip that
	// ends frees its account; one that is accepted fixes its key's answer; one that is
	// refused frees its key. Errors: NotFound.
	Update(ctx context.Context, id string, change func(*Trip) error) (Trip, error)
	// Due lists trips with NextAt at or before now, oldest first.
	Due(ctx context.Context, now time.Time, limit int) ([]string, error)
}

// ErrDuplicateKey is the repository's word for an idempotency key that is recorded.
var ErrDuplicateKey = idem.ErrInProgress

// Cars is what trip needs of the car service. Every call may be repeated.
type Cars interface {
	// Claim takes the car for the trip. Errors: ErrCarUnavailable, NotFound.
	Claim(ctx context.Context, carID, tripID, account string) (ClaimedCar, error)
	// Release gives the car back, if the trip has it.
	Release(ctx context.Context, carID, tripID string) error
	// Command tells the trip's car something; step makes it one command however often
	// it is sent. Errors: Conflict when the trip does not have the car.
	Command(ctx context.Context, carID, tripID, step string, c Command) error
	// Car is what the service knows of the car. Errors: NotFound.
	Car(ctx context.Context, carID string) (CarState, error)
}

// Command is what a car can be told.
type Command string

// The commands.
const (
	Lock        Command = "lock"
	Unlock      Command = "unlock"
	StopRequest Command = "stop_request"
)

// ClaimedCar is a car as it was when it was claimed.
type ClaimedCar struct {
	ID, Plate, Model, PlanID string
	OdometerM                int64
}

// CarState is what is known of a car.
type CarState struct {
	ID string
	// TripID is the trip that has the car; empty for none.
	TripID string
	// Locked says that the car is locked, whoever locked it.
	Locked bool
	// Commands tells what became of each step's command of this trip, as far as the car
	// service remembers it.
	Commands  map[string]Outcome
	OdometerM int64
	SpeedKMH  float64
	DoorsOpen bool
	// ReadAt is when the last reading came, by the car service's clock.
	ReadAt time.Time
}

// Outcome is what became of a command, and when it was settled; zero while it waits.
type Outcome struct {
	State CommandState
	At    time.Time
}

// CommandState is what became of a command.
type CommandState string

// The states of a command.
const (
	CommandPending CommandState = "pending"
	CommandDone    CommandState = "done"
	CommandFailed  CommandState = "failed"
)

// Licences is what trip needs of the profile service.
type Licences interface {
	// Check errors: ErrLicence.
	Check(ctx context.Context, account string) error
}

// Wallet is what trip needs of the user service. Every call may be repeated.
type Wallet interface {
	// Hold sets money aside for the trip. Errors: ErrFunds; Conflict when the trip's
	// hold was released before.
	Hold(ctx context.Context, tripID, account string, amount money.Money) error
	// Capture takes the fare and releases what is left of the hold. Errors: Conflict for
	// another amount than before.
	Capture(ctx context.Context, tripID string, fare money.Money) error
	// Release gives the hold back, if it is there; no hold of the trip can come later.
	Release(ctx context.Context, tripID string) error
}
