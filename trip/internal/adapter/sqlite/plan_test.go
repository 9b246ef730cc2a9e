package sqlite

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"freecar/internal/events"
	"freecar/trip"
)

// TestQueryPlans holds the statements that go by account, car or time to their indexes:
// there are millions of trips, and a few of them are asked for.
func TestQueryPlans(t *testing.T) {
	trips, err := NewTrips(t.Context(), filepath.Join(t.TempDir(), "trip.db"),
		func(context.Context, trip.Trip, trip.Change) (events.Event, error) { return events.Event{}, nil })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = trips.Close() })
	list := func(f trip.Filter) string { query, _ := listed(f); return query }
	for name, tc := range map[string]struct {
		query string
		args  int
		want  []string
		never string
	}{
		"forget":        {forgetting[0], 1, []string{"trips_of_account"}, ""},
		"of an account": {list(trip.Filter{Account: "1"}), 9, []string{"trips_of_account (account=? AND serial<?)"}, "TEMP B-TREE"},
		"of a car":      {list(trip.Filter{CarID: "c"}), 9, []string{"trips_of_car"}, "TEMP B-TREE"},
		"stuck":         {list(trip.Filter{DueBy: time.Unix(1, 0)}), 9, []string{"trips_due"}, ""},
		"stuck of one":  {list(trip.Filter{DueBy: time.Unix(1, 0), Account: "1"}), 9, []string{"trips_due"}, ""},
		"rentals":       {rentals, 5, []string{"trips_of_account", "sqlite_autoindex_trips"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			args := make([]any, tc.args)
			for i := range args {
				args[i] = 1
			}
			rows, err := trips.db.Reader().QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+tc.query, args...)
			if err != nil {
				t.Fatal(err)
			}
			defer rows.Close()
			var plan []string
			for rows.Next() {
				var id, parent, unused int
				var detail string
				if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
					t.Fatal(err)
				}
				plan = append(plan, detail)
			}
			if err := rows.Err(); err != nil {
				t.Fatal(err)
			}
			whole := strings.Join(plan, "\n")
			for _, want := range tc.want {
				if !strings.Contains(whole, want) {
					t.Errorf("no %s in\n%s", want, whole)
				}
			}
			if strings.Contains(whole, "SCAN") || tc.never != "" && strings.Contains(whole, tc.never) {
				t.Errorf("it walks too much:\n%s", whole)
			}
		})
	}
}
