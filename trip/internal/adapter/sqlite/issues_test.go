package sqlite_test

import (
	"path/filepath"
	"testing"

	"freecar/trip"
	"freecar/trip/internal/adapter/sqlite"
	"freecar/trip/internal/adaptertest"
	"freecar/trip/internal/endpoint"
)

func TestIssues(t *testing.T) {
	adaptertest.Issues(t, func(t *testing.T) (trip.Issues, func() trip.Issues) {
		path := filepath.Join(t.TempDir(), "trip.db")
		again := func() trip.Issues {
			trips, err := sqlite.NewTrips(t.Context(), path, endpoint.Event)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := trips.Close(); err != nil {
					t.Error(err)
				}
			})
			return sqlite.NewIssues(trips, endpoint.IssueEvent)
		}
		return again(), again
	})
}
