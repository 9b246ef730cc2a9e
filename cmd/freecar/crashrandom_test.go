package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestCrashAtRandom kills processes at random moments while riders drive.
func TestCrashAtRandom(t *testing.T) {
	if testing.Short() {
		t.Skip("processes take longer")
	}
	dieAtRandom(t, shape{instances: 1, flags: brisk}, 6)
}

// TestSoakCrash is all of it, at length: every point in one process, in six and in twelve;
// twice in a row, so that recovery dies, too; and random moments. Within FREECAR_SOAK_FOR each
// of these has the same share of the time, and says which points it did not come to.
func TestSoakCrash(t *testing.T) {
	soaks(t)
	if _, err := mortal(); err != nil { // that takes minutes on a busy machine
		t.Fatal(err)
	}
	length, begun := soakFor(t, 0), time.Now()
	parts := 3 * 3
	part := func(instances int, how string, die func(*testing.T, shape)) {
		s := shape{instances: instances, flags: brisk}
		if length > 0 {
			s.until = time.Now().Add((length - time.Since(begun)) / time.Duration(parts))
		}
		parts--
		t.Run(fmt.Sprintf("%d of each service, %s", instances, how), func(t *testing.T) { die(t, s) })
	}
	for _, instances := range []int{0, 1, 2} {
		part(instances, "at random", func(t *testing.T, s shape) { dieAtRandom(t, s, 200) })
		for _, times := range []int{1, 2} {
			part(instances, fmt.Sprint(times, " deaths a point"), func(t *testing.T, s shape) { dieEverywhere(t, s, times) })
		}
	}
}

// seed is the one given, or a new one; it is in the log either way.
func crashSeed(t *testing.T) uint64 {
	t.Helper()
	seed, err := strconv.ParseUint(os.Getenv("FREECAR_SEED"), 10, 64)
	if err != nil {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("FREECAR_SEED=%d", seed)
	return seed
}

// dieAtRandom kills one process, or some at once, so many times, each a random moment of up
// to 5 s after the one before, while riders live stages of their own.
func dieAtRandom(t *testing.T, s shape, kills int) {
	t.Helper()
	const riders, longest = 3, 5 * time.Second
	c := found(t, s, nil)
	random := rand.New(rand.NewPCG(crashSeed(t), 0))
	begin := time.Now()
	stop := make(chan struct{})
	var wg sync.WaitGroup
	lived := make([]int, riders)
	end := sync.OnceFunc(func() { close(stop); wg.Wait() })
	defer end()
	for i := range riders {
		order := rand.New(rand.NewPCG(random.Uint64(), 0))
		wg.Go(func() {
			for ; ; lived[i]++ {
				select {
				case <-stop:
					return
				default:
					stages[order.IntN(len(stages))].live(c)
				}
			}
		})
	}
	killed := atomic.Int64{}
	if os.Getenv("FREECAR_SOAK") != "" {
		tells(t, func() string { return fmt.Sprintf("%d kills of %d", killed.Load(), kills) })
	}
	const least = 5 // fewer would prove nothing
	for ; killed.Load() < least || killed.Load() < int64(kills) && !s.over(); killed.Add(1) {
		<-time.After(time.Duration(random.Int64N(int64(longest)))) // the moment is the test
		some := 1
		if random.IntN(4) == 0 {
			some = 1 + random.IntN(len(c.mortals))
		}
		for _, i := range random.Perm(len(c.mortals))[:some] {
			c.kill(c.mortals[i])
		}
		c.revive()
		if t.Failed() {
			break
		}
	}
	end()
	c.upholdsAll()
	t.Logf("%d kills, stages lived: %v (%v)", killed.Load(), lived, time.Since(begin).Round(time.Millisecond))
}
