package trip

import "context"

// Reservations lists what an account has reserved.
func (s *Rentals) Reservations(ctx context.Context, account, cursor string, limit int) ([]Reservation, string, error) {
	page, err := s.trips.Rentals(ctx, account, cursor, limit)
	if err != nil {
		return nil, "", err
	}
	now := s.clock.Now()
	var list []Reservation
	for _, t := range page.Trips {
		if t.Reservable() {
			list = append(list, t.Reservation(now))
		}
	}
	return list, page.Next, nil
}
