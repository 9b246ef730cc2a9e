package main

import (
	"bytes"
	"os"
	"testing"
	"time"
)

// TestNobodyCanBeToldToDie: what users run knows nothing of points where it dies, and heeds
// none; what the tests of deaths run does.
func TestNobodyCanBeToldToDie(t *testing.T) {
	for name, tc := range map[string]struct {
		build  func() (string, error)
		mortal bool
	}{"the program": {binary, false}, "the program that dies": {mortal, true}} {
		path, err := tc.build()
		if err != nil {
			t.Fatal(err)
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := bytes.Contains(raw, []byte("FREECAR_CRASH_")); got != tc.mortal {
			t.Errorf("%s can be told to die: %v", name, got)
		}
	}
	t.Setenv("FREECAR_CRASH_AT", "saving by sqlitex/outbox")
	t.Setenv("FREECAR_CRASH_LIST", t.TempDir()+"/points")
	if p := run(t, t.TempDir(), "--demo-cars", "0"); p.took <= 0 {
		t.Error("it did not start")
	}
	if _, err := os.Stat(os.Getenv("FREECAR_CRASH_LIST")); !os.IsNotExist(err) {
		t.Errorf("it lists its points: %v", err)
	}
}

func TestPolicySettings(t *testing.T) {
	anywhere := []string{"dev", "--http-addr", "127.0.0.1:0", "--ops-addr", "127.0.0.1:0", "--data-dir", t.TempDir()}
	refused(t, []string{"--reservation-for must be from 1s to 24h0m0s", "--reserve-again must be from 0s to 24h0m0s", "--paused-at-most must be from 1m0s to 168h0m0s",
		"--trip-at-most must be from 1m0s to 720h0m0s", "--end-again must be from 1s to 1h0m0s", "--command-timeout must be from 1s to 10m0s"},
		append(anywhere, "--reservation-for", "0s", "--reserve-again", "-1s", "--paused-at-most", "59s", "--trip-at-most", "721h", "--end-again", "2h", "--command-timeout", "1ms")...)
	refused(t, []string{"--command-timeout must be from"}, "serve", "car", "--command-timeout", "0s")
	refused(t, []string{"unknown flag: --command-timeout"}, "serve", "trip", "--command-timeout", "5s")

	t.Setenv("FREECAR_RESERVATION_FOR", "40s")
	p := run(t, t.TempDir(), "--demo-cars", "1")
	rider, _ := p.rider(p.admin())
	kept := rider.want(201, "POST", "/v1/reservations", m{"car_id": rider.cars(1)[0]})
	at, expires := asTime(t, kept, "created_at"), asTime(t, kept, "expires_at")
	if expires.Sub(at) != 40*time.Second {
		t.Errorf("a reservation lasts %v", expires.Sub(at))
	}
}

func asTime(t *testing.T, a answer, path ...any) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, a.text(t, path...))
	if err != nil {
		t.Fatal(err)
	}
	return at
}
