package argon2id_test

import (
	"runtime"
	"sync"
	"testing"

	"freecar/user/internal/adapter/argon2id"
)

func TestMemory(t *testing.T) {
	t.Run("thirty hashes take little more than the two at work", func(t *testing.T) {
		before := heap()
		var wg sync.WaitGroup
		for range 6 {
			wg.Go(func() {
				for range 5 {
					if _, err := (argon2id.Passwords{}).Hash(t.Context(), "correct horse"); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		const twoHashes, slack = 2 * 19, 24 // MiB; without care it is 80 or more
		if grown := heap() - before; grown > twoHashes+slack {
			t.Errorf("the heap has grown by %d MiB", grown)
		}
	})
}

// heap is what the heap ever took from the system, in MiB.
func heap() int {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapSys >> 20)
}
