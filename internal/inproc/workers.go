package inproc

import "time"

// idleFor is how long a goroutine waits for its next call.
const idleFor = 100 * time.Millisecond

// workers run handlers on goroutines that stay for a while. Their stacks have grown
// already; growing one anew for each call cost a twentieth of all CPU under load.
type workers chan func()

func (w workers) run(f func()) {
	select {
	case w <- f: // somebody is idle
	default:
		go w.work(f)
	}
}

func (w workers) work(f func()) {
	idle := time.NewTimer(idleFor)
	defer idle.Stop()
	for {
		f()
		idle.Reset(idleFor)
		select {
		case f = <-w:
		case <-idle.C:
			return
		}
	}
}
