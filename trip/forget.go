package trip

import "context"

// Forget drops what was written of the rentals of a person who is erased. That there were
// rentals, and what they cost, stays with the books.
func (s *Rentals) Forget(ctx context.Context, account string) error {
	return s.trips.Forget(ctx, account)
}
