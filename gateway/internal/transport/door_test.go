package transport_test

import (
	"net/http"
	"strings"
	"testing"

	"freecar/gateway/internal/transport"
	"freecar/internal/auth"
	"freecar/internal/kitx"
	"freecar/internal/obs"
	"freecar/internal/serve"
)

func TestIdentity(t *testing.T) {
	ok := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	everywhere(t, ok, func(t *testing.T, w *world) {
		for _, c := range []struct {
			what, method, path string
			headers            []string
			status             int
		}{
			{"nobody where somebody is needed", "POST", "/v1/things", nil, 401},
			{"nobody where anyone may", "POST", "/v1/open", nil, 200},
			{"the right role", "POST", "/v1/things", []string{"Authorization: Bearer rider"}, 200},
			{"the scheme in other letters", "POST", "/v1/things", []string{"Authorization: bEARER  rider"}, 200},
			{"another role", "POST", "/v1/things", []string{"Authorization: Bearer device"}, 403},
			{"a token that is not ours", "POST", "/v1/things", []string{"Authorization: Bearer x"}, 401},
			{"one where anyone may", "POST", "/v1/open", []string{"Authorization: Bearer x"}, 200},
			{"another scheme", "POST", "/v1/things", []string{"Authorization: Basic rider"}, 401},
			{"no token", "POST", "/v1/things", []string{"Authorization: Bearer"}, 401},
			{"two tokens", "POST", "/v1/things", []string{"Authorization: Bearer rider", "Authorization: Bearer other"}, 401},
			{"a token in the query", "POST", "/v1/things?access_token=rider", nil, 401},
		} {
			t.Run(c.what, func(t *testing.T) {
				resp, body := w.do(t, c.method, c.path, nil, c.headers...)
				if resp.StatusCode != c.status {
					t.Errorf("got %d %s", resp.StatusCode, body)
				}
				if challenge := resp.Header.Get("WWW-Authenticate"); (c.status == 401) != (challenge == "Bearer") {
					t.Errorf("challenge %q", challenge)
				}
			})
		}
	})
}

func TestWhatTheServiceIsTold(t *testing.T) {
	var got http.Header
	service := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.Header.Clone() })
	everywhere(t, service, func(t *testing.T, w *world) {
		told := func() auth.Principal {
			p, err := w.authority.Check(got.Get(kitx.AssertionHeader), "thing")
			if err != nil || len(got.Values(kitx.AssertionHeader)) != 1 {
				t.Errorf("got %q: %v", got.Values(kitx.AssertionHeader), err)
			}
			return p
		}
		t.Run("who asks, through the gateway", func(t *testing.T) {
			w.do(t, "POST", "/v1/things", nil, "Authorization: Bearer rider")
			if want := (auth.Principal{Subject: "1", Session: "s1", Roles: auth.Rider, Service: "gateway"}); told() != want {
				t.Errorf("got %+v", told())
			}
		})
		t.Run("a token makes nobody a service", func(t *testing.T) {
			w.do(t, "POST", "/v1/things", nil, "Authorization: Bearer forger")
			if told().Service != "gateway" {
				t.Errorf("got %+v", told())
			}
		})
		t.Run("nothing that a client claims", func(t *testing.T) {
			forged, err := w.authority.Mint(auth.Principal{Subject: "9", Roles: auth.Admin}, "trip", "thing", "")
			if err != nil {
				t.Fatal(err)
			}
			w.do(t, "GET", "/v1/things/1", nil, "Freecar-Assertion: "+forged, "freecar-anything: 1", "Freecar-Deadline: 86400000",
				"X-B3-TraceId: 0000000000000001", "X-B3-SpanId: 0000000000000001", "X-B3-ParentSpanId: 0000000000000001", "X-B3-Anything: 1", "X-B3-Flags: 1",
				"b3: 0000000000000001-0000000000000001-d", "Traceparent: 00-1-1-01", "X-Forwarded-For: 10.0.0.1", "Forwarded: for=10.0.0.1",
				"Authorization: Bearer x")
			if p := told(); p != (auth.Principal{Service: "gateway"}) {
				t.Errorf("got %+v", p)
			}
			for _, name := range []string{"Freecar-Anything", "X-B3-Anything", "X-B3-Flags", "B3", "Traceparent", "X-Forwarded-For", "Forwarded", "Authorization"} {
				if values := got[name]; values != nil {
					t.Errorf("%s: got %q", name, values)
				}
			}
			if trace, parent := got.Get("X-B3-TraceId"), got.Get("X-B3-ParentSpanId"); strings.HasSuffix(trace, "0001") || strings.HasSuffix(parent, "0001") {
				t.Errorf("trace %s, parent %s", trace, parent)
			}
			if deadline := got.Get("Freecar-Deadline"); len(deadline) > 5 {
				t.Errorf("deadline %s", deadline)
			}
		})
	})
}

func TestKeys(t *testing.T) {
	var got http.Header
	service := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.Header.Clone() })
	everywhere(t, service, func(t *testing.T, w *world) {
		for _, c := range []struct {
			what, path string
			keys       []string
			code       string // of the field; none is a success
		}{
			{"optional and missing", "/v1/things", nil, ""},
			{"optional and there", "/v1/things", []string{"a-1"}, ""},
			{"optional and not a key", "/v1/things", []string{"a b"}, "invalid"},
			{"required and there", "/v1/pay", []string{strings.Repeat("k", 128)}, ""},
			{"required and missing", "/v1/pay", nil, "required"},
			{"required and empty", "/v1/pay", []string{""}, "invalid"},
			{"too long", "/v1/pay", []string{strings.Repeat("k", 129)}, "invalid"},
			{"twice", "/v1/pay", []string{"1", "2"}, "repeated"},
		} {
			t.Run(c.what, func(t *testing.T) {
				got = nil
				headers := []string{"Authorization: Bearer rider"}
				for _, key := range c.keys {
					headers = append(headers, "Idempotency-Key: "+key)
				}
				resp, body := w.do(t, "POST", c.path, nil, headers...)
				switch {
				case c.code == "" && (resp.StatusCode != 200 || strings.Join(got["Idempotency-Key"], ",") != strings.Join(c.keys, ",")):
					t.Errorf("got %d %s, passed on %q", resp.StatusCode, body, got["Idempotency-Key"])
				case c.code != "" && (resp.StatusCode != 400 || got != nil || !strings.Contains(body, `"field":"Idempotency-Key","code":"`+c.code+`"`)):
					t.Errorf("got %d %s", resp.StatusCode, body)
				}
			})
		}
		t.Run("strangers learn nothing of them", func(t *testing.T) {
			if resp, _ := w.do(t, "POST", "/v1/pay", nil); resp.StatusCode != 401 {
				t.Errorf("got %d", resp.StatusCode)
			}
		})
	})
}

func TestMissingPeer(t *testing.T) {
	_, err := transport.NewServer(transport.Config{Obs: obs.Discard().For("gateway"), Table: table, Verifier: known, Health: &serve.Health{}})
	if err == nil || !strings.Contains(err.Error(), "thing.Get") {
		t.Errorf("got %v", err)
	}
}
