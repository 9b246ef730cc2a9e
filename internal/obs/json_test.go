package obs_test

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-kit/log/level"

	"freecar/internal/obs"
)

func TestJSONLines(t *testing.T) {
	var out bytes.Buffer
	logger, err := obs.NewLogger(&out, "info")
	if err != nil {
		t.Fatal(err)
	}
	log := func(keyvals ...any) map[string]any {
		t.Helper()
		out.Reset()
		if err := level.Info(logger).Log(keyvals...); err != nil {
			t.Fatal(err)
		}
		if strings.Count(out.String(), "\n") != 1 {
			t.Errorf("not one line: %q", out.String())
		}
		line := map[string]any{}
		if err := json.Unmarshal(out.Bytes(), &line); err != nil {
			t.Fatalf("%q: %v", out.String(), err)
		}
		return line
	}
	t.Run("values keep their type", func(t *testing.T) {
		got := log("s", "a\n\"b\"", "n", 1, "m", int64(-2), "f", 1.5, "b", true, "e", errors.New("broke"), "d", time.Second,
			"z", nil, "l", []string{"x"}, "u", "\xff")
		for key, want := range map[string]any{"s": "a\n\"b\"", "n": 1.0, "m": -2.0, "f": 1.5, "b": true, "e": "broke", "d": "1s",
			"z": nil, "u": "�", "level": "info"} {
			if value, ok := got[key]; !ok || value != want {
				t.Errorf("%s: got %v, want %v", key, value, want)
			}
		}
		if _, err := time.Parse(time.RFC3339, got["ts"].(string)); err != nil {
			t.Error(err)
		}
	})
	t.Run("what JSON cannot say is said in words", func(t *testing.T) {
		if got := log("f", math.Inf(1), "c", make(chan int)); got["f"] != "+Inf" || got["c"] == nil {
			t.Errorf("got %v", got)
		}
	})
	t.Run("what is below the level is left out", func(t *testing.T) {
		out.Reset()
		if err := level.Debug(logger).Log("msg", "x"); err != nil || out.Len() != 0 {
			t.Errorf("got %q, %v", out.String(), err)
		}
	})
}
