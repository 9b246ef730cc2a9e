package transport

import (
	"net/http"
	"strings"
	"testing"
)

// FuzzInbound: no header by which services know each other comes from a client, however
// its name is written and whatever it declares to be of the connection.
func FuzzInbound(f *testing.F) {
	for _, name := range []string{"Freecar-Assertion", "freecar-deadline", "FREECAR-X", "X-B3-TraceId", "b3", "B3", "Traceparent", "X-Forwarded-For", "Authorization", "Content-Type", "X-Request-Id", "Transfer-Encoding", "Connection", "Freecar_Assertion", "freecar-\xffa", "X-Tag", "Idempotency-Key", ""} {
		f.Add(name, "value", "close, X-Tag")
		f.Add(name, "", name)
	}
	f.Fuzz(func(t *testing.T, name, value, connection string) {
		if strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~") != "" {
			t.Skip() // net/http refuses the request
		}
		from := http.Header{}
		from.Add(name, value) // as net/http does with what it reads
		from.Add("Connection", connection)
		from.Add("X-Tag", "tag")
		before := len(from)
		to := inbound(from)
		for name := range to {
			low := strings.ToLower(name)
			for _, ours := range []string{"freecar-", "x-b3-", "x-forwarded-"} {
				if strings.HasPrefix(low, ours) {
					t.Errorf("%q is passed on", name)
				}
			}
			switch low {
			case "authorization", "b3", "traceparent", "tracestate", "forwarded", "x-request-id", "connection", "transfer-encoding", "upgrade", "te", "trailer", "keep-alive", "via":
				t.Errorf("%q is passed on", name)
			}
		}
		if !strings.Contains(strings.ToLower(connection), "x-tag") && !strings.EqualFold(name, "connection") && to.Get("X-Tag") == "" {
			t.Errorf("a header of the request is lost: %v", to)
		}
		if len(from) != before {
			t.Error("the client's own headers were changed")
		}
	})
}
