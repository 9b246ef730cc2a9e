package car

import (
	"context"
	"time"

	"freecar/internal/geo"
	"freecar/internal/idem"
	"freecar/internal/nearby"
)

// Service is what the car service offers.
type Service interface {
	// Register adds a car to the fleet. Errors: ErrPlateExists, KeyReused.
	Register(ctx context.Context, r Registering) (Registered, error)
	// Cars lists the fleet, newest first. Errors: Invalid for a bad cursor.
	Cars(ctx context.Context, f Filter) (Page, error)
	// Car finds any car. Errors: ErrMissing.
	Car(ctx context.Context, id string) (Car, error)
	// Search finds rentable cars, nearest first.
	Search(ctx context.Context, s Search) []Found

	// Claim sets a car aside, or makes a trip of a reservation and back; see Car.ClaimFor.
	// Repeating it changes nothing. Errors: ErrMissing, ErrUnavailable.
	Claim(ctx context.Context, carID string, c Claim) (Car, error)
	// Release ends a claim, if the car has it; r.Spare is chosen by the service.
	// Errors: ErrMissing.
	Release(ctx context.Context, carID string, r Releasing) (Car, error)
	// Command tells a trip's car something; o.ID is chosen by the service. Errors: ErrMissing
	// and those of Car.Order.
	Command(ctx context.Context, carID string, o Order) (Command, error)

	// Report takes readings of a device's cars: those that can be are saved, the others
	// refused by their index.
	Report(ctx context.Context, deviceID string, readings []Reading) (Report, error)
	// Acknowledge takes what became of a command; late or twice does no harm.
	// Errors: ErrNoCommand.
	Acknowledge(ctx context.Context, a Acknowledgement) (Command, error)
	// DeviceCars lists the device's cars by id, at most limit from after an id on.
	DeviceCars(ctx context.Context, deviceID, after string, limit int) ([]Car, error)
	// Pending lists the commands that wait for the device.
	Pending(ctx context.Context, deviceID string) ([]Pending, error)
	// Listen gives the device's commands as they come on any instance, until stop is
	// called. Some may be lost or come twice: Pending is the truth.
	Listen(deviceID string) (commands <-chan Pending, stop func())

	// Change changes a car's description. Errors: ErrMissing, ErrRemoved, ErrPlateExists.
	Change(ctx context.Context, carID string, d Details) (Car, error)
	// TakeOut takes a car out of service, whenFree at its release if somebody has it.
	// Errors: ErrMissing and those of Car.TakeOut.
	TakeOut(ctx context.Context, carID, reason string, whenFree bool) (Car, error)
	// Return brings a car back into service. Errors: ErrMissing, ErrRemoved.
	Return(ctx context.Context, carID string) (Car, error)
	// Retire removes a car for ever. Errors: ErrMissing, ErrClaimed.
	Retire(ctx context.Context, carID string) (Car, error)
	// OrderByStaff tells a car that no rider has to lock or unlock.
	// Errors: ErrMissing, KeyReused and those of Car.OrderByStaff.
	OrderByStaff(ctx context.Context, carID string, kind CommandKind, k idem.Key) (Ordered, error)
	// Import registers or describes a car for each line, in one write each, and tells
	// each line's end in order. What one line cannot be stops no other. A dry run changes
	// nothing. An error of each ends it, as does a fault; what was done stays.
	Import(ctx context.Context, lines []ImportLine, dryRun bool, each func(Imported) error) error

	// Bind gives cars to a device that was registered at a moment, unless it was revoked.
	// Unknown cars are left out; it may come twice, late and out of order.
	Bind(ctx context.Context, deviceID string, carIDs []string, at time.Time) error
	// Unbind takes its cars from a device that was revoked, for ever.
	Unbind(ctx context.Context, deviceID string) error
	// Learn takes what another instance did to a car.
	Learn(c Car)
	// Spotted takes the sighting of a car that another instance announced.
	Spotted(carID string, s Sighting)
}

// Registering asks for a new car. The service chooses its id.
type Registering struct {
	Registration
	Key idem.Key
}

// Registered is the answer, and whether it was given before.
type Registered struct {
	Car      Car
	Replayed bool
}

// Ordered is a command of staff, and whether it was given under its key before.
type Ordered struct {
	Command  Command
	Replayed bool
}

// Filter chooses one page of the fleet. What is zero chooses nothing; a car that was never
// heard of is in no box and has no charge, and is silent.
type Filter struct {
	State       State
	Plate       string
	DeviceID    string
	MaxCharge   *float64  // percent: cars with at most that
	SilentSince time.Time // cars without a reading received at or after it
	Box         *nearby.Box
	Limit       int
	Cursor      string
}

// Page is one page; an empty Next is the last.
type Page struct {
	Cars []Car
	Next string
}

// Search says where to look: around From within RadiusM metres or, with a Box, in it
// and nearest to its middle first.
type Search struct {
	From      geo.Position
	RadiusM   float64
	Box       *nearby.Box
	MinCharge float64 // percent
	Limit     int
}

// Found is a rentable car and how far away it is.
type Found struct {
	Listing   Listing
	DistanceM float64
	RangeKM   int
}

// Report is what became of a device's readings.
type Report struct {
	Accepted int
	Refused  []Refusal
}

// Refusal says which reading was refused and why.
type Refusal struct {
	Index int
	Err   error
}

// Pending is a command that waits for a car's device.
type Pending struct {
	CarID   string
	Command Command
}

// Repository keeps cars and their readings. It saves a car's change and its event in one
// write.
type Repository interface {
	// Create saves a new car, its first reading if it has one, and the answer under the
	// key. A key that is recorded gives the car as it was answered then, and true.
	// Errors: ErrPlateExists; KeyReused.
	Create(ctx context.Context, c Car, k idem.Key) (saved Car, replayed bool, err error)
	// Car finds a car. Errors: ErrMissing.
	Car(ctx context.Context, id string) (Car, error)
	// Cars lists the fleet by id, newest first. Errors: Invalid for a cursor that no page gave.
	Cars(ctx context.Context, f Filter) (Page, error)
	// Update changes a car atomically and returns it as saved. A change that records no
	// event, or returns an error, saves nothing; the error is returned as it is. change
	// may run more than once, and sees no other change in between.
	// Errors: ErrMissing; ErrPlateExists.
	Update(ctx context.Context, id string, change func(*Car) error) (Car, error)
	// UpdateKeyed is Update, and records the car as it was answered under the key in the
	// same write, also where nothing changed. A key that is recorded gives that car, and
	// true, and does not ask for the change. Errors: as Update; KeyReused.
	UpdateKeyed(ctx context.Context, id string, k idem.Key, change func(*Car) error) (saved Car, replayed bool, err error)
	// CarOfPlate finds a car, also a removed one. Errors: ErrMissing.
	CarOfPlate(ctx context.Context, plate string) (Car, error)
	// CarOfCommand is the id of the car that remembers a command. Errors: ErrNoCommand.
	CarOfCommand(ctx context.Context, commandID string) (string, error)
	// DeviceCars lists the cars bound to a device by id, at most limit from after an id on.
	DeviceCars(ctx context.Context, deviceID, after string, limit int) ([]Car, error)
	// CarsOfDevice lists all cars that a device is bound to or waits for, in no order.
	CarsOfDevice(ctx context.Context, deviceID string) ([]string, error)
	// RevokeDevice remembers for ever that a device was revoked; twice is once.
	RevokeDevice(ctx context.Context, deviceID string) error
	// DeviceRevoked says so.
	DeviceRevoked(ctx context.Context, deviceID string) (bool, error)
	// Pending lists the waiting commands of a device's cars, oldest first.
	Pending(ctx context.Context, deviceID string) ([]Pending, error)

	// SaveReadings asks judge for each reading in order, with the car as it stands (after
	// the readings before it), and saves in one write those that it lets through. A car
	// that is not there has the zero Standing. The result has one verdict per reading.
	SaveReadings(ctx context.Context, readings []Reading, judge func(Standing, Reading) error) ([]Verdict, error)

	// Listings streams what the search has to know of the cars that changed or were heard
	// of since a moment, of all for the zero time, in no order.
	Listings(ctx context.Context, since time.Time, each func(Listing)) error
	// Overdue lists cars with a command that expires at or before now.
	Overdue(ctx context.Context, now time.Time, limit int) ([]string, error)
	// Silent lists available cars without a reading received at or after the moment.
	Silent(ctx context.Context, since time.Time, limit int) ([]string, error)
	// Replaceable lists cars that a device waits for, without a reading received at or
	// after the moment.
	Replaceable(ctx context.Context, since time.Time, limit int) ([]string, error)
	// Claimed lists cars claimed at or before a moment by id, from after an id on.
	Claimed(ctx context.Context, until time.Time, after string, limit int) ([]Car, error)
}

// Verdict is what became of a reading: how the car stood before, and why it was refused.
type Verdict struct {
	Before Standing
	Err    error
}

// Index answers searches from memory. It never blocks for long and never fails.
type Index interface {
	// Merge takes a view of a car; views may come in any order and more than once.
	Merge(l Listing)
	// Spot takes a sighting of a car that the index knows, and says that a rider would
	// notice the difference to what was last announced or taken over.
	Spot(carID string, s Sighting) (noticeable bool)
	// Nearest lists rentable cars with at least a charge, nearest first.
	Nearest(from geo.Position, radiusM, minCharge float64, limit int) []Hit
	// Within lists those in a box, nearest to its middle first.
	Within(b nearby.Box, minCharge float64, limit int) []Hit
}

// Hit is a car in an answer of the index.
type Hit struct {
	Listing   Listing
	DistanceM float64
}

// Announcer tells the other instances of sightings that riders would notice. It may lose
// them: the sweep finds what was lost.
type Announcer interface {
	Announce(ctx context.Context, spotted map[string]Sighting)
}

// Trips is asked whether claims are still wanted.
type Trips interface {
	// Live says whether the rental still stands behind its claim, as what the claim's kind
	// says: a trip or a reservation.
	// Errors: Unavailable.
	Live(ctx context.Context, c Claim) (bool, error)
}
