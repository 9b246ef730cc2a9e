package trip

import (
	"context"

	"freecar/internal/money"
)

// Receipt is what a finished trip cost. The trip is as it ended for ever; what finance
// paid back since stands beside it.
type Receipt struct {
	Trip
	Refunded money.Money
}

// Paid is what is left of the fare: what the rider's wallet entries of the trip come to.
func (r Receipt) Paid() money.Money { return r.Fare.Total.Minus(r.Refunded) }

// Refund is all that was paid back of a trip, as of a version of its hold.
type Refund struct {
	TripID  string
	Total   money.Money
	Version int64
}

// Refunds keeps what was paid back.
type Refunds interface {
	// Save takes a refund. One of an older version than is known changes nothing: news come
	// late, twice and out of order.
	Save(ctx context.Context, r Refund) error
	// Refunded is all that was paid back of a trip; zero for nothing.
	Refunded(ctx context.Context, tripID string) (money.Money, error)
}

// Receipt is a finished trip with what was paid back of it.
func (s *Rentals) Receipt(ctx context.Context, account, id string) (Receipt, error) {
	t, err := s.own(ctx, account, id)
	if err != nil {
		return Receipt{}, err
	}
	switch {
	case t.State == Cancelled:
		return Receipt{}, ErrNothingToPay
	case t.State != Finished:
		return Receipt{}, ErrNoReceipt
	}
	refunded, err := s.refunds.Refunded(ctx, id)
	return Receipt{Trip: t, Refunded: refunded}, err
}
