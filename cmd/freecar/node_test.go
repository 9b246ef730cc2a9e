package main

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"

	"freecar/internal/serve"
)

func TestLeaving(t *testing.T) {
	const grace, wait = 8 * time.Second, time.Minute
	leave := func(t *testing.T, fail error) (took, left time.Duration, err error) {
		synctest.Test(t, func(t *testing.T) {
			n := &node{config: config{DrainWait: wait}, process: serve.NewProcess(log.NewNopLogger(), grace)}
			n.health.SetReady(true)
			ctx, tell := context.WithCancel(t.Context())
			begin := time.Now()
			n.process.OnStop("store", func(context.Context) error { return nil })
			n.process.OnStop("door", func(ctx context.Context) error {
				end, _ := ctx.Deadline()
				took, left = time.Since(begin), time.Until(end)
				return nil
			})
			n.process.Go("loop", func(ctx context.Context) error {
				if fail == nil {
					<-ctx.Done()
				} else {
					time.Sleep(wait / 2)
				}
				return fail
			})
			tell()
			err = n.untilTold(ctx)
		})
		return took, left, err
	}
	t.Run("it serves on for all of the wait, which takes nothing from its parts", func(t *testing.T) {
		took, left, err := leave(t, nil)
		if took != wait || left != grace/2 || err != nil {
			t.Errorf("after %v, with %v left, %v", took, left, err)
		}
	})
	t.Run("a part that fails ends the wait", func(t *testing.T) {
		full := errors.New("disk full")
		if took, _, err := leave(t, full); took != wait/2 || !errors.Is(err, full) {
			t.Errorf("after %v, %v", took, err)
		}
	})
}
