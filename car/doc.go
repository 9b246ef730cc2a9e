// Package car runs the fleet: which cars there are, who has which, what they were
// told to do, where they stand, and which of them a rider can find.
//
// # Words
//
// A car is one vehicle, known by its plate. A device is what speaks for one or more
// cars: it reports readings (telemetry) and takes commands (lock, unlock and the advisory
// stop request). A claim says for whom a car is set aside, a trip or a reservation; it is
// the one answer to "who has this car", and at most one exists at a time. A listing is
// what the search knows of a car.
//
// # States
//
// The states are those of MDS for car share. registered → non_contactable, wherever
// staff say that the car stands. available ⇄ non_contactable as its device falls silent, is
// another one or none, and as it speaks.
// available → stopped (claimed for a trip, not driving) or reserved; reserved ⇄ stopped as
// a reservation is started, or that start is refused; stopped ⇄ on_trip as it is unlocked
// and locked, or drives off though it is locked; any claimed state → available,
// non_contactable or non_operational on release. Staff take a car out of service (an
// outage: available or non_contactable → non_operational) and return it; one that a rider
// has goes out at its release, if staff or its trip ask for that. A car that nobody has can
// be removed, for ever. One that is non_operational or removed stays out of all the above.
//
// The lock goes locked → unlocking → unlocked → locking → locked, each middle step a
// command that waits for the device; one that fails, times out or is withdrawn goes back.
// A claim ends whatever the lock: a car given back unlocked is told to lock, again and
// again if need be, and until it has done so nobody else can have it. So is one that nobody
// has and that says that it is open while we hold it for locked. Staff command cars that no
// rider has, and open one only while it is out of service.
//
// One device speaks for a car. In the middle of a trip a new one waits until the trip is
// over or the present one falls silent; a revoked one speaks for no car any more.
//
// # Invariants
//
//   - A car has at most one claim, and changes it by compare-and-set alone.
//   - A car is claimable only when it is available, locked, charged, its device was heard
//     of lately, and it says neither that it moves nor that a door is open.
//   - A car with an outage is claimed or non_operational; a removed one has neither
//     claim, device nor waiting command, and never changes again.
//   - Each change raises the version by one and has exactly one event; a refused one
//     changes nothing.
//   - A car is never told to lock while it moves.
//   - At most one lock command and one stop request wait for the device at a time.
//   - Readings are no changes: they have no version and no event. A newer device time
//     follows an older one, and the odometer neither falls nor jumps while one device
//     speaks for the car or a trip has it.
package car
