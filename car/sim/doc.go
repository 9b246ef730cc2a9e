// Package sim is a simulated fleet: cars that report, take commands, are driven and
// charge. It knows the platform through the device routes alone, like a real car.
//
// # Words
//
// A vehicle is one car with whoever sits in it: it only thinks and does no I/O, and lives
// on from one moment to the next when it is told the time. A fleet is the vehicles of one
// device and its line to the platform: it signs in, reads which cars it has, follows the
// command stream, acknowledges and reports.
//
// # States of a vehicle
//
// parked (locked, charging) → boarding (unlocked; the rider gets in) → driving → braking
// (asked to stop) → standing (with the rider in it) → driving; a lock parks a vehicle that
// does not move, and is refused while it moves. Without drivers an unlocked vehicle
// stands until it is locked.
//
// # Invariants
//
//   - The odometer grows by what the vehicle moves and never falls.
//   - A vehicle stands within 2 s of a stop request, for 30 s.
//   - It is never locked while it moves.
//   - A command acts once; when it comes again it is acknowledged again.
//   - The times of a vehicle's readings rise.
//   - A fleet that starts again takes its vehicles up where the platform last saw them.
package sim
