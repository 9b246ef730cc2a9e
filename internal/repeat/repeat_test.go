package repeat_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"

	"freecar/internal/repeat"
)

func TestRepeat(t *testing.T) {
	type run func(context.Context, log.Logger, time.Duration, string, func(context.Context) error) error
	for name, tc := range map[string]struct {
		run   run
		first time.Duration
	}{"every": {repeat.Every, time.Minute}, "at once": {repeat.AtOnce, 0}} {
		t.Run(name+": does it after each pause, logs what fails and goes on until it must end", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var said bytes.Buffer
				var at []time.Duration
				begin := time.Now()
				ctx, cancel := context.WithCancel(t.Context())
				err := tc.run(ctx, log.NewLogfmtLogger(&said), time.Minute, "it failed", func(context.Context) error {
					at = append(at, time.Since(begin))
					switch len(at) {
					case 1:
						return errors.New("not now")
					case 3:
						cancel()
						return context.Canceled
					}
					return nil
				})
				if err != nil || len(at) != 3 || at[0] != tc.first || at[1] != tc.first+time.Minute {
					t.Errorf("got %v, %v", at, err)
				}
				if got := said.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, `msg="it failed" err="not now"`) {
					t.Errorf("said %q", got)
				}
			})
		})
	}
	t.Run("a panic is logged with its stack, and the work comes again", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var said bytes.Buffer
			times := 0
			ctx, cancel := context.WithCancel(t.Context())
			err := repeat.Every(ctx, log.NewLogfmtLogger(&said), time.Minute, "it failed", func(context.Context) error {
				if times++; times == 2 {
					cancel()
					return nil
				}
				panic("boom")
			})
			if got := said.String(); err != nil || times != 2 || !strings.Contains(got, "panic=boom") || !strings.Contains(got, "repeat_test.go") {
				t.Errorf("%v after %d times, said %q", err, times, got)
			}
		})
	})
	t.Run("what has ended already begins nothing", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := repeat.Every(ctx, log.NewNopLogger(), time.Hour, "", func(context.Context) error { t.Error("done"); return nil }); err != nil {
			t.Error(err)
		}
	})
}

func TestRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		if !repeat.Rest(t.Context(), time.Minute) || time.Since(begin) != time.Minute {
			t.Errorf("rested %v", time.Since(begin))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin = time.Now()
		if repeat.Rest(ctx, time.Minute) || time.Since(begin) != time.Second {
			t.Errorf("ctx ended, rested %v", time.Since(begin))
		}
	})
}
