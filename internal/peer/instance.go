package peer

import (
	"sync"
	"sync/atomic"
	"time"
)

// instance is one address of the callee. One that could not be reached, or from which
// nothing comes, rests; then a single call tries whether it is back. Each rest in a row is
// longer.
type instance struct {
	address  string
	inFlight atomic.Int64
	answers  atomic.Uint64 // so many so far
	doubt    atomic.Uint64 // answers and one more, when a read that got none was last outrun
	restsTil atomic.Int64  // unix nanoseconds; 0 when it takes calls

	mu    sync.Mutex // over what follows, and over changes of restsTil
	falls int        // rests in a row
	tried bool       // since its last rest a call is at it
	gone  bool       // nobody is told of it any more
}

// longestRest is how many times the first one the last of many rests in a row is.
const longestRest = 4

func rest(first time.Duration, falls int) time.Duration {
	return min(first<<min(falls-1, 8), longestRest*first)
}

func (i *instance) resting() bool { return i.restsTil.Load() != 0 }

// due says that a rest is over and that nobody has tried since.
func (i *instance) due(now int64) bool {
	til := i.restsTil.Load()
	return til != 0 && til <= now
}

// claim gives the caller, and nobody else for as long as the last rest was, the call that
// tries whether the instance is back.
func (i *instance) claim(now int64, first time.Duration) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if !i.due(now) {
		return false
	}
	i.tried = true
	i.restsTil.Store(now + int64(rest(first, i.falls)))
	return true
}

// fall begins a rest, and says for how long and how many that makes in a row. Calls that
// fail with the one that began it change nothing: falls is 0 then.
func (i *instance) fall(first time.Duration) (pause time.Duration, falls int) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.gone || i.resting() && !i.tried {
		return 0, 0
	}
	i.tried = false
	i.falls++
	pause = rest(first, i.falls)
	i.restsTil.Store(time.Now().Add(pause).UnixNano())
	return pause, i.falls
}

// rise ends a rest; it is false when there was none.
func (i *instance) rise() bool {
	if !i.resting() {
		return false
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.up()
}

func (i *instance) up() (was bool) {
	was = i.resting()
	i.falls, i.tried = 0, false
	i.restsTil.Store(0)
	return was
}

// leave is the end of an instance; it says whether it rested.
func (i *instance) leave() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.gone = true
	return i.up()
}
