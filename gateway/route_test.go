package gateway_test

import (
	"net/http"
	"strings"
	"testing"

	"freecar/gateway"
	"freecar/internal/errs"
	"freecar/internal/kitx"
)

func TestKeyRules(t *testing.T) {
	good, bad := "0190-key", strings.Repeat("k", 10_000)
	for _, tc := range []struct {
		keys                     []string
		none, optional, required string // what the rule refuses the header with
	}{
		{nil, "", "", "required"},
		{[]string{good}, "", "", ""},
		{[]string{bad}, "", "any", "any"},
		{[]string{good, good}, "", "repeated", "repeated"},
	} {
		for rule, want := range map[gateway.KeyRule]string{gateway.KeyNone: tc.none, gateway.KeyOptional: tc.optional, gateway.KeyRequired: tc.required} {
			err := rule.Check(http.Header{kitx.KeyHeader: tc.keys})
			switch {
			case want == "" && err != nil, want != "" && errs.KindOf(err) != errs.Invalid:
				t.Errorf("rule %d, %d keys: got %v", rule, len(tc.keys), err)
			case want != "" && want != "any" && !strings.Contains(err.Error(), want):
				t.Errorf("rule %d, %d keys: got %v, want %s", rule, len(tc.keys), err, want)
			}
		}
	}
}
