package trip

import (
	"context"
	"time"

	"freecar/internal/errs"
	"freecar/internal/geo"
	"freecar/internal/idem"
	"freecar/internal/money"
)

// Service is what the trip service offers.
type Service interface {
	// Reserve keeps a car for some time, free of charge. Errors: ErrAccountBusy,
	// ErrCarUnavailable, ErrReservedLately, ErrLicence, ErrDebt, NotFound (no such car),
	// KeyReused, idem.ErrInProgress, Unavailable.
	Reserve(ctx context.Context, c ReserveCar) (ReservationMade, error)
	// CurrentReservation is the account's, if it can still be started. Errors: NotFound.
	CurrentReservation(ctx context.Context, account string) (Reservation, error)
	// Reservations lists all of the account, newest first; a page may be short, and next is
	// empty on the last one. Errors: Invalid (cursor).
	Reservations(ctx context.Context, account, cursor string, limit int) (list []Reservation, next string, err error)
	// Extend makes a reservation last longer, once. Errors: NotFound, ErrExtended,
	// ErrReservationExpired, ErrReservationOver.
	Extend(ctx context.Context, account, id string) (Reservation, error)
	// CancelReservation gives the car back; twice is once. Errors: NotFound,
	// ErrReservationOver when it is started or being so.
	CancelReservation(ctx context.Context, account, id string) error

	// Start rents a car: 201 means that car, licence and money are there; the unlock
	// follows. A car that the rider has reserved is rented by that reservation.
	// Errors: ErrAccountBusy, ErrCarUnavailable, ErrLicence, ErrFunds, NotFound
	// (no such car or reservation), ErrReservationExpired, ErrReservationOver, KeyReused,
	// idem.ErrInProgress, Unavailable. After an error nothing is left of it but the
	// reservation, or recovery will undo it within RequestAtMost.
	Start(ctx context.Context, c StartTrip) (Started, error)
	// Pause asks the car to lock and wait; Resume asks it to unlock. Asking again changes
	// nothing. Errors: NotFound, ErrPauseRefused or ErrResumeRefused with all reasons.
	Pause(ctx context.Context, account, id string) (Trip, error)
	Resume(ctx context.Context, account, id string) (Trip, error)
	// End asks the car to lock and stops the fare's clock. Asking again while it ends, or
	// after, changes nothing. Errors: NotFound, ErrEndRefused with all reasons.
	End(ctx context.Context, account, id string) (Trip, error)
	// MayPause and MayEnd give all reasons that stand against it now, none when it would be
	// accepted, and change nothing. Errors: NotFound.
	MayPause(ctx context.Context, account, id string) ([]errs.Field, error)
	MayEnd(ctx context.Context, account, id string) ([]errs.Field, error)
	// Trip is one of the account's trips, with live fare and distance. Errors: NotFound.
	Trip(ctx context.Context, account, id string) (Trip, error)
	// Current is the account's live trip. Errors: NotFound.
	Current(ctx context.Context, account string) (Trip, error)
	// Trips lists the account's accepted trips, newest first.
	Trips(ctx context.Context, f Filter) (Page, error)
	// Receipt is a finished trip of the account, and what was paid back of it: the latter
	// is known within seconds. Errors: NotFound.
	Receipt(ctx context.Context, account, id string) (Receipt, error)

	// WriteOff ends a trip whose fare cannot be paid, without the fare; twice is once.
	// Errors: NotFound, ErrOwnFare, ErrNotStuck.
	WriteOff(ctx context.Context, w WriteOff) (Trip, error)
	// Stuck is how many rentals are due for longer than StuckAfter: somebody has to look.
	Stuck(ctx context.Context) (int, error)

	// AllTrips lists anybody's trips for staff, newest first, with distances as last saved.
	AllTrips(ctx context.Context, f Filter) (Page, error)
	// AnyTrip is anybody's trip. Errors: NotFound.
	AnyTrip(ctx context.Context, id string) (Trip, error)
	// EndByStaff ends anybody's trip. Errors: NotFound, ErrEndRefused.
	EndByStaff(ctx context.Context, c StaffEnd) (Trip, error)

	// Live says whether a claim of this rental on a car still stands, as the trip or the
	// reservation that its kind says.
	Live(ctx context.Context, id string, kind ClaimKind) (bool, error)
	// Advance takes a trip on as far as its car allows. It may come twice, late and out of
	// order.
	Advance(ctx context.Context, id string) error
	// Unlocked begins a trip whose car did the unlock of its start at a time, by the car
	// service's clock. A trip has one such command and done is final, so that nothing else
	// of the car is asked for. It may come twice, late and out of order.
	Unlocked(ctx context.Context, id string, at time.Time) error
	// Recover takes up what is due now; several may do so at once. Errors: those of the store.
	Recover(ctx context.Context) error
}

// ReserveCar asks for a reservation.
type ReserveCar struct {
	Account, CarID string
	Key            idem.Key
}

// ReservationMade is the answer, and whether it was given before.
type ReservationMade struct {
	Reservation Reservation
	Replayed    bool
}

// StartTrip asks for a trip: with a car, or with a reservation.
type StartTrip struct {
	Account, CarID, ReservationID string
	PromoCode                     string // empty for none
	Key                           idem.Key
}

// StaffEnd asks for the end of somebody's trip.
type StaffEnd struct {
	TripID, Reason string
	// WithoutLock ends it though the car does not answer.
	WithoutLock bool
}

// Started is the answer, and whether it was given before.
type Started struct {
	Trip     Trip
	Replayed bool
}

// Filter chooses one page of trips. Empty fields are all.
type Filter struct {
	Account string
	CarID   string
	State   State
	// Stuck are those that are due for longer than StuckAfter.
	Stuck bool
	// DueBy are those that are due since then or longer, set for Stuck; zero for all.
	DueBy  time.Time
	Limit  int
	Cursor string
}

// Page is one page; an empty Next is the last.
type Page struct {
	Trips []Trip
	Next  string
}

// Repository keeps trips. It saves a trip's changes as events in the same write.
type Repository interface {
	// Create saves a new rental and records its idempotency key. Errors: ErrAccountBusy
	// when another has its Slot; ErrDuplicateKey when the key is recorded.
	Create(ctx context.Context, t Trip) error
	// ByKey finds what a key recorded. Errors: NotFound, also for a key that at now is
	// older than idem.Keep.
	ByKey(ctx context.Context, k idem.Key, now time.Time) (Recorded, error)
	// Rentals lists what the account has rented or reserved, newest first. Errors: Invalid
	// for a cursor that no page gave.
	Rentals(ctx context.Context, account, cursor string, limit int) (Page, error)
	// Trip finds any rental. Errors: NotFound.
	Trip(ctx context.Context, id string) (Trip, error)
	// Current finds the rental that has the account's slot, accepted or not. Errors: NotFound.
	Current(ctx context.Context, account string) (Trip, error)
	// LastLapse is the latest LapsedAt of the account's rentals of the car; zero for none.
	LastLapse(ctx context.Context, account, carID string) (time.Time, error)
	// Trips lists accepted trips by creation, newest first. Errors: Invalid for a cursor
	// that no page gave.
	Trips(ctx context.Context, f Filter) (Page, error)
	// Update changes a rental atomically and returns it as saved. An error of change is
	// returned as it is and nothing is saved; change may run more than once. A rental's
	// Slot is saved with it. One that becomes Answered fixes the answer of its Key, one
	// that ends without frees it. A StartKey that change sets is recorded, one that it
	// takes back is freed, and acceptance fixes its answer.
	// Errors: NotFound; ErrDuplicateKey for a StartKey that is recorded.
	Update(ctx context.Context, id string, change func(*Trip) error) (Trip, error)
	// Forget drops what staff wrote of an account's rentals, and its idempotency keys with
	// their answers. All else of the rentals stays, their versions, too. It may come twice.
	Forget(ctx context.Context, account string) error
	// Due lists trips with NextAt at or before now by NextAt and id, ascending, after one;
	// a zero after is before all.
	Due(ctx context.Context, now time.Time, after Due, limit int) ([]Due, error)
	// CountLive is how many rentals are in each state that is not their last; a state that
	// none is in may be missing.
	CountLive(ctx context.Context) (map[State]int, error)
	// CountDue is how many Due would list, from the first to the last.
	CountDue(ctx context.Context, now time.Time) (int, error)
}

// Due is a trip that recovery has to look after, and since when: its NextAt.
type Due struct {
	ID string
	At time.Time
}

// Recorded is what a key recorded: the rental as it was when the request got what it
// asked for or, while it is not Answered, as it is.
type Recorded struct {
	Trip     Trip
	Hash     string // of the request's body
	Answered bool
}

// ErrDuplicateKey is the repository's word for an idempotency key that is recorded.
var ErrDuplicateKey = idem.ErrInProgress

// Cars is what trip needs of the car service. Every call may be repeated.
type Cars interface {
	// Claim takes the car for the rental. With the other kind of a claim that the rental
	// has, it makes a trip of the reservation and, until the car was told anything, a
	// reservation of the trip again. Errors: ErrCarUnavailable, NotFound.
	Claim(ctx context.Context, c Claim) (ClaimedCar, error)
	// Release gives the car back, if it has this claim: of this id and this kind.
	Release(ctx context.Context, r Release) error
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

// ClaimKind says what a rental has a car for.
type ClaimKind string

// What a rental has a car for.
const (
	ForReservation ClaimKind = "reservation"
	ForTrip        ClaimKind = "trip"
)

// Claim is one rental's hold on a car.
type Claim struct {
	CarID, ID, Account string
	Kind               ClaimKind
}

// Release ends a claim.
type Release struct {
	Claim
	// OutOfService says why the car goes out of service; empty when it does not.
	OutOfService string
}

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
	// Locked says that the car is locked, Open that it is not, whoever did it; neither while
	// it is about to change.
	Locked, Open bool
	// DroveOffAt is when the car was seen to drive after its trip had locked it, by the car
	// service's clock; zero while it stands, or was unlocked.
	DroveOffAt time.Time
	// Commands tells what became of each step's command of this trip, as far as the car
	// service remembers it.
	Commands map[string]Outcome
	// Position, odometer, speed and doors are those of the last reading.
	Position  geo.Position
	OdometerM int64
	SpeedKMH  float64
	DoorsOpen bool
	// ReadAt is when the last reading came, by the car service's clock; zero before the
	// first.
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
	// Solvent refuses an account whose wallet is below zero. Errors: ErrDebt.
	Solvent(ctx context.Context, account string) error
}

// Tariffs is what a rental needs to know of prices.
type Tariffs interface {
	// PlanFor is the plan of a car that names one: the standard plan where that is not in
	// force.
	PlanFor(ctx context.Context, planID string) (Plan, error)
}

// Places is what a rental needs to know of zones.
type Places interface {
	// EndRefusals are all reasons why a trip cannot end at a place; none when it can.
	EndRefusals(ctx context.Context, at geo.Position) ([]errs.Field, error)
}

// Promotions is what a rental needs of promotions. Every call may be repeated.
type Promotions interface {
	// Redeem counts a start with a code, and says what it takes off the fare. Errors:
	// ErrPromo; Conflict when the start gave it back before.
	Redeem(ctx context.Context, code, account, startID string) (Discount, error)
	// GiveBack undoes a start's redemption, if there is one; none of the start can come
	// later.
	GiveBack(ctx context.Context, startID string) error
}
