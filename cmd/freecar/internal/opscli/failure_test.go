package opscli

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"freecar/internal/errs"
)

func TestRefusal(t *testing.T) {
	for _, c := range []struct {
		name string
		r    refusal
		says string
	}{
		{"a refusal by state", refusal{cause: errs.E(errs.Conflict, "car_unavailable", "The car is taken."), traceID: "t", requestID: "r"},
			"The car is taken. (car_unavailable)\ntrace_id t, request_id r"},
		{"reasons of a refusal", refusal{cause: errs.E(errs.Conflict, "end_refused", "Not here.").With(errs.Field{Code: "moving", Detail: "It moves."})},
			"Not here. (end_refused)\n  It moves. (moving)"},
		{"fields that break their rules", refusal{cause: errs.Invalidf("plate", "required", "It is required.")},
			"That is not valid:\n  plate: It is required. (required)"},
		{"a limit", refusal{cause: errs.E(errs.RateLimited, "rate_limited", "Too many.").After(42 * time.Second)},
			"Too many. (rate_limited)\nTry again in 42s."},
		{"a write in doubt", refusal{cause: errs.E(errs.Timeout, "timeout", "Too late."), key: "k"},
			"Too late. (timeout)\nIt may have been done all the same. Repeated with --idempotency-key k it is done once at most."},
		{"a write that never left", refusal{cause: errs.E(errs.Unavailable, "unreachable", "Nobody listens.").Because(&net.OpError{Op: "dial"}), key: "k"},
			"Nobody listens. (unreachable)"},
		{"a write that was refused", refusal{cause: errs.E(errs.Conflict, "insufficient_funds", "No."), key: "k"}, "No. (insufficient_funds)"},
		{"no gateway of ours", refusal{cause: errs.E(errs.NotFound, "not_found", "")}, "The answer explains nothing: is that FreeCar's gateway? (not_found)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.r.Error(); got != c.says {
				t.Errorf("got\n%s\nwant\n%s", got, c.says)
			}
		})
	}
}

func TestExitCode(t *testing.T) {
	wrong := misuse(Command("test"), errors.New("what?"))
	for want, err := range map[int]error{0: nil, 1: errors.New("refused"), 2: fmt.Errorf("first: %w", wrong)} {
		if got := ExitCode(err); got != want {
			t.Errorf("%v ends with %d, want %d", err, got, want)
		}
	}
	if !strings.Contains(wrong.Error(), `See "ops --help".`) {
		t.Errorf("a misuse says %q", wrong)
	}
}
