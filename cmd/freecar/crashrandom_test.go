package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
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
// twice in a row, so that recovery dies, too; and random moments.
func TestSoakCrash(t *testing.T) {
	if os.Getenv("FREECAR_SOAK") == "" {
		t.Skip("for make soak")
	}
	for _, instances := range []int{0, 1, 2} {
		s := shape{instances: instances, flags: brisk}
		for _, times := range []int{1, 2} {
			t.Run(fmt.Sprintf("%d of each service, %d deaths a point", instances, times), func(t *testing.T) { dieEverywhere(t, s, times) })
		}
		t.Run(fmt.Sprintf("%d of each service, at random", instances), func(t *testing.T) { dieAtRandom(t, s, 200) })
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
	for range kills {
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
	t.Logf("%d kills, stages lived: %v (%v)", kills, lived, time.Since(begin).Round(time.Millisecond))
}
