package car

import (
	"cmp"
	"sync"
)

// abreast is how many writes of one piece of work wait for the store at a time: enough for
// the store to save many with one flush, few enough for others to come in between.
const abreast = 16

// together does work for 0 to n-1, some at a time. After an error no more begins; the
// first one is returned when all that began has ended.
func together(n int, work func(i int) error) error {
	var (
		mu     sync.Mutex
		next   int
		failed error
		wg     sync.WaitGroup
	)
	take := func() (i int, ok bool) {
		mu.Lock()
		defer mu.Unlock()
		next++
		return next - 1, next <= n && failed == nil
	}
	for range min(n, abreast) {
		wg.Go(func() {
			for i, ok := take(); ok; i, ok = take() {
				if err := work(i); err != nil {
					mu.Lock()
					failed = cmp.Or(failed, err)
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	return failed
}
