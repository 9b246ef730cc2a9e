package main

import (
	"strings"
	"testing"
	"time"

	"freecar/trip/tripd"
)

func TestRentalSettings(t *testing.T) {
	with := func(settings map[string]string) (tripd.Policy, error) {
		return rentalSettings(func(name string) (string, bool) { value, set := settings[name]; return value, set })
	}
	if got, err := with(nil); err != nil || got != tripd.DefaultPolicy() {
		t.Errorf("without any: %+v, %v", got, err)
	}
	got, err := with(map[string]string{"FREECAR_RESERVATION_FOR": "90s", "FREECAR_RESERVE_AGAIN": "0s"})
	if err != nil || got.ReservationFor != 90*time.Second || got.ReserveAgain != 0 || got.TripAtMost != tripd.DefaultPolicy().TripAtMost {
		t.Errorf("got %+v, %v", got, err)
	}
	for name, value := range map[string]string{"FREECAR_RESERVATION_FOR": "0s", "FREECAR_RESERVE_AGAIN": "25h"} {
		for _, bad := range []string{value, "-1s", "soon", "15"} {
			if _, err := with(map[string]string{name: bad}); err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("%s=%s: %v", name, bad, err)
			}
		}
	}
}
