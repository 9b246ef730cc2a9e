package kitx_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-kit/kit/endpoint"

	"freecar/internal/auth"
	"freecar/internal/errs"
	"freecar/internal/kitx"
)

type car struct {
	Plate  string   `json:"plate"`
	Charge float64  `json:"charge"`
	Tags   []string `json:"tags"`
}

var show = kitx.NewRoute[kitx.None, car](kitx.Spec{
	Op: "trip.Show", Method: "GET", Path: "/v1/car", Who: auth.Only(auth.Rider), ETag: true})

// showing answers with one outcome.
func showing(t *testing.T, f func(context.Context) (car, error)) *rig {
	t.Helper()
	r := newRig(t)
	show.Mount(r.Server, func(ctx context.Context, _ kitx.None) (car, error) { return f(ctx) })
	return r
}

func TestAnswer(t *testing.T) {
	golf := func(context.Context) (car, error) { return car{Plate: "B-FC 1", Charge: 80}, nil }
	t.Run("is JSON with a length, and a list is never null", func(t *testing.T) {
		w := showing(t, golf).do("GET", "/v1/car", "")
		if w.Code != 200 || w.Body.String() != `{"plate":"B-FC 1","charge":80,"tags":[]}` ||
			w.Header().Get("Content-Type") != "application/json" || w.Header().Get("Content-Length") != fmt.Sprint(w.Body.Len()) {
			t.Errorf("got %d %v %s", w.Code, w.Header(), w.Body)
		}
	})
	t.Run("may be kept only with an entity tag", func(t *testing.T) {
		r, _, _ := mounted(t)
		if got := r.do("GET", "/v1/orders", "").Header(); got.Get("Cache-Control") != "no-store" || got.Get("ETag") != "" {
			t.Errorf("got %v", got)
		}
		if got := showing(t, golf).do("GET", "/v1/car", "").Header(); got.Get("Cache-Control") != "private, no-cache" || got.Get("ETag") == "" {
			t.Errorf("got %v", got)
		}
	})
	t.Run("what the client has is not sent again", func(t *testing.T) {
		r := showing(t, golf)
		tag := r.do("GET", "/v1/car", "").Header().Get("ETag")
		for _, has := range []string{tag, "*", `"other", ` + tag, strings.TrimPrefix(tag, "W/")} {
			if w := r.do("GET", "/v1/car", "", "If-None-Match", has); w.Code != 304 || w.Body.Len() != 0 || w.Header().Get("ETag") != tag {
				t.Errorf("%s: got %d %v %s", has, w.Code, w.Header(), w.Body)
			}
		}
		if w := r.do("GET", "/v1/car", "", "If-None-Match", `W/"other"`); w.Code != 200 || w.Body.Len() == 0 {
			t.Errorf("got %d %s", w.Code, w.Body)
		}
	})
	t.Run("another content has another tag", func(t *testing.T) {
		charge := 80.0
		r := showing(t, func(context.Context) (car, error) { charge--; return car{Charge: charge}, nil })
		if tag := r.do("GET", "/v1/car", "").Header().Get("ETag"); r.do("GET", "/v1/car", "", "If-None-Match", tag).Code != 200 {
			t.Error("an old car is taken for the new one")
		}
	})
	t.Run("None has no body", func(t *testing.T) {
		r, _, _ := mounted(t)
		if w := r.do("POST", "/v1/cancel", ""); w.Code != 204 || w.Body.Len() != 0 || w.Header().Get("Content-Type") != "" {
			t.Errorf("got %d %v %q", w.Code, w.Header(), w.Body)
		}
	})
	t.Run("the operation may set the status and say that it answers again", func(t *testing.T) {
		w := showing(t, func(ctx context.Context) (car, error) {
			kitx.SetStatus(ctx, http.StatusAccepted)
			kitx.MarkReplayed(ctx)
			return golf(ctx)
		}).do("GET", "/v1/car", "")
		if w.Code != 202 || w.Header().Get(kitx.ReplayedHeader) != "true" {
			t.Errorf("got %d %v", w.Code, w.Header())
		}
	})
	t.Run("but neither makes a success of a refusal", func(t *testing.T) {
		w := showing(t, func(ctx context.Context) (car, error) {
			kitx.SetStatus(ctx, http.StatusAccepted)
			kitx.MarkReplayed(ctx)
			return car{}, errs.Missing("car")
		}).do("GET", "/v1/car", "")
		if w.Code != 404 || w.Header().Get(kitx.ReplayedHeader) != "" || w.Header().Get("ETag") != "" {
			t.Errorf("got %d %v", w.Code, w.Header())
		}
	})
}

func TestProblem(t *testing.T) {
	refusal := errs.E(errs.Conflict, "end_refused", "The trip cannot end here.").
		With(errs.Field{Code: "moving", Detail: "The car moves."}, errs.Field{Field: "position", Code: "zone"}).
		After(1500 * time.Millisecond).Because(errors.New("row 7"))
	t.Run("carries the reasons and when to come again, and no cause", func(t *testing.T) {
		w := showing(t, func(context.Context) (car, error) { return car{}, fmt.Errorf("ending: %w", refusal) }).do("GET", "/v1/car", "")
		p := problemOf(t, w)
		if p.Status != 409 || p.Code != "end_refused" || p.Detail != "The trip cannot end here." || len(p.Errors) != 2 ||
			p.Errors[0].Code != "moving" || p.Errors[1].Field != "position" || w.Header().Get("Retry-After") != "2" {
			t.Errorf("got %+v, %v", p, w.Header())
		}
		if strings.Contains(w.Body.String(), "row 7") || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("got %v %s", w.Header(), w.Body)
		}
	})
	for name, c := range map[string]struct {
		err    error
		status int
		code   string
	}{
		"an error without a kind is a 500":   {errors.New("password of db-1"), 500, "internal"},
		"a deadline is a 504":                {fmt.Errorf("db-1: %w", context.DeadlineExceeded), 504, "timeout"},
		"a request given up is a 503":        {fmt.Errorf("db-1: %w", context.Canceled), 503, "cancelled"},
		"a fault with a kind keeps its code": {errs.E(errs.Unavailable, "provider_down", "Pay later.").Because(errors.New("db-1")), 503, "provider_down"},
	} {
		t.Run(name, func(t *testing.T) {
			r := showing(t, func(context.Context) (car, error) { return car{}, c.err })
			w := r.do("GET", "/v1/car", "")
			if p := problemOf(t, w); p.Status != c.status || p.Code != c.code || strings.Contains(w.Body.String(), "db-1") {
				t.Errorf("got %s", w.Body)
			}
			if line := r.log.one(t); !strings.Contains(line["err"].(string), errText(c.err)) || line["code"] != c.code || line["level"] != "error" {
				t.Errorf("got %v", line)
			}
		})
	}
	t.Run("a panic is a 500 that tells nothing, and is logged with its stack", func(t *testing.T) {
		r := showing(t, func(context.Context) (car, error) { panic("password of db-1") })
		w := r.do("GET", "/v1/car", "")
		if p := problemOf(t, w); p.Status != 500 || strings.Contains(w.Body.String(), "db-1") || strings.Contains(w.Body.String(), ".go") {
			t.Errorf("got %s", w.Body)
		}
		if said := r.log.one(t)["err"].(string); !strings.Contains(said, "password of db-1") || !strings.Contains(said, "answer_test.go") {
			t.Errorf("got %s", said)
		}
	})
	t.Run("an answer without a JSON form is a 500 that is logged and counted", func(t *testing.T) {
		r := showing(t, func(context.Context) (car, error) { return car{Charge: math.NaN()}, nil })
		if p := problemOf(t, r.do("GET", "/v1/car", "")); p.Status != 500 || p.Code != "internal" {
			t.Errorf("got %+v", p)
		}
		if r.log.one(t)["level"] != "error" || r.count("trip.Show")["internal"] != 1 {
			t.Errorf("got %s, %v", r.log.text.String(), r.count("trip.Show"))
		}
	})
	t.Run("text that is not UTF-8 is still a problem document", func(t *testing.T) {
		w := showing(t, func(context.Context) (car, error) { return car{}, errs.E(errs.Conflict, "taken", "\xff") }).do("GET", "/v1/car", "")
		if p := problemOf(t, w); p.Code != "taken" || p.Detail != "�" {
			t.Errorf("got %+v", p)
		}
	})
	t.Run("headers of the answer that it was going to be are gone", func(t *testing.T) {
		r := newRig(t)
		file.Mount(r.Server, func(w http.ResponseWriter, _ *http.Request) error {
			for _, name := range []string{"ETag", "Last-Modified", "Content-Encoding", "Content-Disposition", "Content-Length"} {
				w.Header().Set(name, "7")
			}
			return errs.Missing("file")
		})
		w := r.do("GET", "/v1/file", "")
		if problemOf(t, w); w.Header().Get("ETag")+w.Header().Get("Last-Modified")+w.Header().Get("Content-Encoding")+w.Header().Get("Content-Disposition") != "" {
			t.Errorf("got %v", w.Header())
		}
	})
}

func errText(err error) string {
	if e, ok := errors.AsType[*errs.Error](err); ok {
		return e.Cause.Error()
	}
	return err.Error()
}

// Business errors are answers: what wraps an endpoint sees no failure of it.
func TestFailer(t *testing.T) {
	outcome := func(err error) (any, error) {
		e := kitx.New(func(context.Context, kitx.None) (car, error) { return car{Plate: "x"}, err })
		return e.Raw(t.Context(), kitx.None{})
	}
	t.Run("a success has its value", func(t *testing.T) {
		response, err := outcome(nil)
		if value := response.(interface{ Value() any }).Value(); err != nil || value.(car).Plate != "x" || response.(endpoint.Failer).Failed() != nil {
			t.Errorf("got %v, %v", response, err)
		}
	})
	t.Run("a refusal is no error of the endpoint", func(t *testing.T) {
		response, err := outcome(errs.Missing("car"))
		if err != nil || errs.KindOf(response.(endpoint.Failer).Failed()) != errs.NotFound {
			t.Errorf("got %v, %v", response, err)
		}
	})
	t.Run("a fault is", func(t *testing.T) {
		for _, fault := range []error{errors.New("disk full"), errs.E(errs.Unavailable, "x", ""), context.DeadlineExceeded} {
			if response, err := outcome(fault); response != nil || !errors.Is(err, fault) {
				t.Errorf("got %v, %v", response, err)
			}
		}
	})
}

func TestRaw(t *testing.T) {
	raw := func(t *testing.T, serve func(http.ResponseWriter, *http.Request) error) (*rig, *httptest.ResponseRecorder) {
		r := newRig(t)
		file.Mount(r.Server, serve)
		return r, r.do("GET", "/v1/file", "")
	}
	t.Run("bytes pass as they are", func(t *testing.T) {
		r, w := raw(t, func(w http.ResponseWriter, _ *http.Request) error {
			w.Header().Set("Content-Type", "image/png")
			_, err := w.Write([]byte{1, 2})
			return err
		})
		if w.Code != 200 || w.Body.String() != "\x01\x02" || w.Header().Get("Content-Type") != "image/png" || r.count("trip.File")["ok"] != 1 {
			t.Errorf("got %d %v", w.Code, w.Header())
		}
	})
	t.Run("an error before the first byte is the answer", func(t *testing.T) {
		for _, c := range []struct {
			err    error
			status int
		}{{errs.Missing("file"), 404}, {errors.New("disk full"), 500}} {
			r, w := raw(t, func(http.ResponseWriter, *http.Request) error { return c.err })
			if p := problemOf(t, w); p.Status != c.status || r.log.one(t)["op"] != "trip.File" {
				t.Errorf("got %+v", p)
			}
		}
	})
	t.Run("a panic before the first byte is a 500", func(t *testing.T) {
		if _, w := raw(t, func(http.ResponseWriter, *http.Request) error { panic("boom") }); problemOf(t, w).Status != 500 {
			t.Errorf("got %d", w.Code)
		}
	})
	t.Run("what it passes on for another is its outcome", func(t *testing.T) {
		r, w := raw(t, func(w http.ResponseWriter, r *http.Request) error {
			kitx.SetOutcome(r.Context(), errs.Missing("file"))
			w.WriteHeader(404)
			return nil
		})
		if w.Code != 404 || r.count("trip.File")["not_found"] != 1 || r.log.one(t)["code"] != "not_found" {
			t.Errorf("got %d, %v", w.Code, r.count("trip.File"))
		}
	})
}
