package trip

import "freecar/internal/errs"

// What riders are told. The codes are API.md's.
var (
	ErrCarUnavailable = errs.E(errs.Conflict, "car_unavailable", "This car cannot be rented now; choose another.")
	ErrAccountBusy    = errs.E(errs.Conflict, "account_busy", "You have a trip already; end it first.")
	ErrLicence        = errs.E(errs.Conflict, "licence_not_verified", "Your driver's licence must be verified and valid; see /v1/me/licence.")
	ErrFunds          = errs.E(errs.Conflict, "insufficient_funds", "The wallet does not cover the hold for this car; top it up.")
	ErrEndRefused     = errs.E(errs.Conflict, "end_refused", "The trip cannot end like this; see errors.")
	ErrNoTrip         = errs.Missing("trip")
	ErrNoReceipt      = errs.E(errs.NotFound, "not_found", "There is no receipt until the trip is finished.")
)

// errMovedOn tells the saga that another instance has taken this step: there is nothing
// left to do.
var errMovedOn = errs.E(errs.Conflict, "moved_on", "The trip has moved on.")

// errNoAnswer is why a trip does not get on: its car refused, or was not heard in time.
var errNoAnswer = errs.E(errs.Conflict, "command_failed", "The car did not do it.")

// errGivenUp is why recovery withdraws a start: nobody works on it any more.
var errGivenUp = errs.E(errs.Unavailable, "given_up", "The start was not finished.")
