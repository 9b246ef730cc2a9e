package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"github.com/spf13/pflag"

	"freecar/internal/errs"
	"freecar/internal/peer"
	"freecar/internal/repeat"
)

// startPatience is how long a command waits for a platform that is starting, and where it says
// that it does.
type startPatience struct {
	Within time.Duration
	tell   io.Writer
}

func (p *startPatience) flag(f *pflag.FlagSet) {
	f.DurationVar(&p.Within, "wait", 30*time.Second, "how long to wait for a platform that is still starting; 0 is not at all")
}

const (
	lookSoon  = 200 * time.Millisecond // after a platform that is starting
	lookLater = 2 * time.Second
)

// onceStarted asks until the platform can answer: until somebody listens, and says
// something else than that it is not there. ask must be harmless when it is done twice.
func onceStarted[T any](ctx context.Context, p startPatience, platform string, ask func() (T, error)) (T, error) {
	begin := time.Now()
	for pause := lookSoon; ; pause = min(2*pause, lookLater) {
		answer, err := ask()
		if err == nil || !starting(err) || ctx.Err() != nil || p.Within <= 0 {
			return answer, err
		}
		if pause == lookSoon {
			fmt.Fprintf(p.tell, "%s is not there yet; waiting up to %v …\n", platform, p.Within)
		}
		rest := min(pause/2+rand.N(pause), p.Within-time.Since(begin))
		if rest <= 0 || !repeat.Rest(ctx, rest) {
			return answer, err
		}
	}
}

// starting says that an error may pass by itself: nobody listens, or who does cannot answer.
func starting(err error) bool { return peer.Unsent(err) || errs.KindOf(err) == errs.Unavailable }
