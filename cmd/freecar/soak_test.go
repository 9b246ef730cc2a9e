package main

import (
	"os"
	"strings"
	"testing"
	"time"
)

// soaks skips a soak unless it is asked for.
func soaks(t *testing.T) {
	t.Helper()
	if os.Getenv("FREECAR_SOAK") == "" {
		t.Skip("a soak is for make soak")
	}
}

// soakFor is the length of a soak that FREECAR_SOAK_FOR sets, or else.
func soakFor(t *testing.T, otherwise time.Duration) time.Duration {
	t.Helper()
	text := os.Getenv("FREECAR_SOAK_FOR")
	if text == "" {
		return otherwise
	}
	length, err := time.ParseDuration(text)
	if err != nil || length <= 0 {
		t.Fatal("FREECAR_SOAK_FOR is no duration, 20m say")
	}
	return length
}

// tells has a soak say every half minute how far it has come, until the test is over.
func tells(t *testing.T, far func() string) {
	t.Helper()
	begun, over, silent := time.Now(), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(silent)
		tick := time.NewTicker(30 * time.Second)
		defer tick.Stop()
		for {
			select {
			case <-over:
				return
			case <-tick.C:
				found := "no findings so far"
				if t.Failed() {
					found = "FINDINGS: see above"
				}
				t.Logf("%s after %v: %s; %s", strings.TrimPrefix(t.Name(), "TestSoak"), time.Since(begun).Round(time.Second), far(), found)
			}
		}
	}()
	t.Cleanup(func() { close(over); <-silent })
}
