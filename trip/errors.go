package trip

import "freecar/internal/errs"

// What riders are told. The codes are API.md's.
var (
	ErrCarUnavailable = errs.E(errs.Conflict, "car_unavailable", "This car cannot be rented now; choose another.")
	ErrAccountBusy    = errs.E(errs.Conflict, "account_busy", "You have a trip or a reservation already; end it first.")
	ErrLicence        = errs.E(errs.Conflict, "licence_not_verified", "Your driver's licence must be verified and valid; see /v1/me/licence.")
	ErrFunds          = errs.E(errs.Conflict, "insufficient_funds", "The wallet does not cover the hold for this car; top it up.")
	ErrPauseRefused   = errs.E(errs.Conflict, "pause_refused", "The trip cannot pause like this; see errors.")
	ErrResumeRefused  = errs.E(errs.Conflict, "resume_refused", "The trip cannot go on like this; see errors.")
	ErrEndRefused     = errs.E(errs.Conflict, "end_refused", "The trip cannot end like this; see errors.")
	ErrNoTrip         = errs.Missing("trip")
	ErrNoReceipt      = errs.E(errs.NotFound, "not_found", "There is no receipt until the trip is finished.")
	ErrNothingToPay   = errs.E(errs.NotFound, "not_found", "The trip was cancelled: it cost nothing, and there is no receipt.")

	ErrNoReservation      = errs.Missing("reservation")
	ErrReservationExpired = errs.E(errs.Conflict, "reservation_expired", "The reservation has expired; look for a car again.")
	ErrReservationOver    = errs.E(errs.Conflict, "reservation_over", "The reservation does not stand any more; see errors.")
	ErrExtended           = errs.E(errs.Conflict, "reservation_extended", "The reservation has been extended already; that goes once.")
	ErrDebt               = errs.E(errs.Conflict, "wallet_in_debt", "The wallet is in debt; pay it first.")
	ErrReservedLately     = errs.E(errs.Conflict, "reserved_recently", "You have just had this car and not driven it. Drive now, wait a while, or choose another.")
)

// reason is one thing that stands against what somebody asks for.
func reason(code, detail string) errs.Field { return errs.Field{Code: code, Detail: detail} }

// errMovedOn tells the saga that another instance has taken this step: there is nothing
// left to do.
var errMovedOn = errs.E(errs.Conflict, "moved_on", "The trip has moved on.")

// errNoAnswer is why a trip does not get on: its car refused, or was not heard in time.
var errNoAnswer = errs.E(errs.Conflict, "command_failed", "The car did not do it.")

// errGivenUp is why recovery withdraws a start or a reservation: nobody works on it any
// more, or not fast enough.
var errGivenUp = errs.E(errs.Unavailable, "given_up", "This took too long and was undone; try again.")
