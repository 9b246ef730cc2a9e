package main

import (
	"fmt"
	"math"
	"os"
	"syscall"
	"testing"
	"time"

	"freecar/car/carapi"
	"freecar/internal/invariants"
	"freecar/trip/tripapi"
	"freecar/user/userapi"
)

const (
	contestCars   = 4
	contestRiders = 5
	// contestTerm is how long their reservations last: some expire while they play.
	contestTerm = 1500 * time.Millisecond
)

// TestClaims: what clients see of few cars and accounts that many want is explained by one
// claim for each car, one rental for each account, and money that is never lost or doubled.
func TestClaims(t *testing.T) {
	t.Run("in process", func(t *testing.T) {
		playedOut(t, newRig(t, 2, contestCars, brief(contestTerm)), 1, 60, nil)
	})
	t.Run("twelve processes, one killed, one paused", func(t *testing.T) {
		if testing.Short() {
			t.Skip("processes take longer")
		}
		r := newContestProcesses(t)
		playedOut(t, r, 2, 40, func() {
			<-time.After(time.Second) // they have begun
			r.cluster.revive(r.cluster.of(tripapi.Name)[1])
			for _, service := range []string{carapi.Name, tripapi.Name, userapi.Name} {
				r.cluster.paused(r.cluster.of(service)[1], 1500*time.Millisecond)
			}
		})
	})
}

// TestSoakClaims plays for minutes, with other seeds, while instances of all services are
// killed and paused, for longer than anybody waits: with five seeds, or with as many as
// begin within FREECAR_SOAK_FOR.
func TestSoakClaims(t *testing.T) {
	soaks(t)
	seeds, until := uint64(5), time.Time{}
	if length := soakFor(t, 0); length > 0 {
		seeds, until = math.MaxUint64, time.Now().Add(length)
	}
	for seed := uint64(0); seed < seeds && (until.IsZero() || time.Now().Before(until)); seed++ {
		t.Run(fmt.Sprint("in process ", seed), func(t *testing.T) {
			playedOut(t, newRig(t, 2, contestCars, brief(contestTerm)), 10+seed, 500, nil)
		})
		t.Run(fmt.Sprint("processes ", seed), func(t *testing.T) {
			r := newContestProcesses(t)
			playedOut(t, r, 20+seed, 300, func() {
				for i, k := range kinds {
					victim := r.cluster.of(k.name)[(i+int(seed))%2]
					r.cluster.revive(victim)
					r.cluster.paused(victim, time.Duration(1+3*(uint64(i)+seed)%15)*time.Second)
				}
			})
		})
	}
}

func newContestProcesses(t *testing.T) *rig {
	t.Helper()
	t.Setenv("FREECAR_RESERVATION_FOR", contestTerm.String())
	t.Setenv("FREECAR_RESERVE_AGAIN", "0s")
	return newProcesses(t, 2, contestCars)
}

// playedOut plays a contest and checks what was said, and what is left.
func playedOut(t *testing.T, r *rig, seed uint64, rentals int, disturb func()) {
	t.Helper()
	x := newContest(t, r, contestRiders)
	if os.Getenv("FREECAR_SOAK") != "" {
		tells(t, func() string { return fmt.Sprintf("%d rentals of %d and more", x.rentals(), rentals) })
	}
	x.run(seed, rentals, disturb)
	checkInvariants(t, r)
	x.check(invariants.Open(t, r.data()).AtRest(t, restWithin))
	t.Log(x.seen())
}

// revive kills an instance and starts it again.
func (c *cluster) revive(m *member) {
	c.tb.Helper()
	m.kill()
	c.start(m)
	m.awaitReady(c.tb)
}

// paused stops a process where it is, as a machine does that swaps, and lets it go on.
func (c *cluster) paused(m *member, d time.Duration) {
	c.tb.Helper()
	if err := m.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		c.tb.Error(err)
	}
	<-time.After(d) // that is what is tried
	if err := m.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		c.tb.Error(err)
	}
}
