package kitx_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"freecar/internal/errs"
	"freecar/internal/kitx"
	"freecar/internal/wire"
)

func TestCall(t *testing.T) {
	r, last, lastList := mounted(t)
	peer := r.peer()
	t.Run("every sort of field arrives, and comes back", func(t *testing.T) {
		radius, since := 0.25, wire.FromTime(time.Date(2026, 1, 31, 13, 45, 0, 7e6, time.UTC))
		want := order{ID: id, DryRun: true, Limit: 7, Small: -3, Radius: &radius, Since: &since, Tag: "a b",
			look: look{Color: "red", URL: "https://x.example/?a=b&c"}, Name: "ünï", Position: &wire.Position{Latitude: -1, Longitude: 0},
			Readings: []reading{{At: since, ChargeP: 100}}, Keyed: kitx.Keyed{IdempotencyKey: "k 1"[:1] + "1"}}
		back, err := put.Call(t.Context(), peer, want)
		if err != nil {
			t.Fatal(err)
		}
		got := *last
		if len(got.BodyHash) != 64 {
			t.Errorf("got the hash %q", got.BodyHash)
		}
		got.BodyHash = ""
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
		if back.Name != want.Name || back.Color != "red" || !reflect.DeepEqual(back.Position, want.Position) {
			t.Errorf("came back as %+v", back)
		}
	})
	t.Run("what is left out takes the server's default", func(t *testing.T) {
		if _, err := list.Call(t.Context(), peer, listRequest{Near: 1e21}); err != nil || lastList.Limit != 20 || lastList.Near != 1e21 {
			t.Errorf("got %+v, %v", *lastList, err)
		}
	})
	t.Run("an escaped variable stays one", func(t *testing.T) {
		var got string
		type request struct {
			Key string `path:"key" json:"-"`
		}
		route := kitx.NewRoute[request, kitx.None](kitx.Spec{Op: "trip.Key", Method: "GET", Path: "/v1/keys/{key}/x", Who: open.Spec().Who})
		route.Mount(r.Server, func(_ context.Context, k request) (kitx.None, error) { got = k.Key; return kitx.None{}, nil })
		for _, key := range []string{"a b", "ü?#%", "..", "{key}"} {
			if _, err := route.Call(t.Context(), peer, request{key}); err != nil || got != key {
				t.Errorf("%q: got %q, %v", key, got, err)
			}
		}
	})
	t.Run("what cannot be sent is refused before it is", func(t *testing.T) {
		for name, o := range map[string]order{
			"id":           {},
			"X-Tag":        {ID: id, Tag: "a\r\nb"},
			kitx.KeyHeader: {ID: id, Keyed: kitx.Keyed{IdempotencyKey: "a\nb"}},
		} {
			_, err := put.Call(t.Context(), answered{err: errors.New("it was sent")}, o)
			if e, ok := errors.AsType[*errs.Error](err); !ok || e.Kind != errs.Invalid || e.Fields[0].Field != name {
				t.Errorf("%s: got %v", name, err)
			}
		}
	})
	t.Run("a request can be sent again, and its length is known", func(t *testing.T) {
		var sent *http.Request
		_, _ = put.Call(t.Context(), capture{&sent}, order{ID: id, Name: "a"})
		for range 2 {
			body, err := sent.GetBody()
			if err != nil {
				t.Fatal(err)
			}
			if b, _ := io.ReadAll(body); int64(len(b)) != sent.ContentLength || !strings.Contains(string(b), `"name":"a"`) {
				t.Errorf("got %s, length %d", b, sent.ContentLength)
			}
		}
		if _, _ = cancel.Call(t.Context(), capture{&sent}, kitx.None{}); sent.Body != nil || sent.ContentLength != 0 {
			t.Errorf("got a body of %d", sent.ContentLength)
		}
	})
}

// capture keeps the request that it is given.
type capture struct{ request **http.Request }

func (c capture) Do(_ context.Context, _ kitx.Spec, r *http.Request) (*http.Response, error) {
	*c.request = r
	return nil, errors.New("not sent")
}

func TestCallErrors(t *testing.T) {
	want := errs.E(errs.Conflict, "end_refused", "Not here.").
		With(errs.Field{Code: "moving", Detail: "The car moves."}, errs.Field{Field: "position", Code: "zone"}).After(3 * time.Second)
	t.Run("a refusal is the same on this side, over two hops", func(t *testing.T) {
		far := showing(t, func(context.Context) (car, error) { return car{}, want.Because(errors.New("row 7")) })
		near := showing(t, func(ctx context.Context) (car, error) { return show.Call(ctx, far.peer(), kitx.None{}) })
		_, err := show.Call(t.Context(), near.peer(), kitx.None{})
		got, ok := errors.AsType[*errs.Error](err)
		if !ok || !errors.Is(err, want) || got.Detail != want.Detail || got.RetryAfter != want.RetryAfter || !reflect.DeepEqual(got.Fields, want.Fields) {
			t.Errorf("got %+v", err)
		}
		if strings.Contains(err.Error(), "row 7") || !strings.HasPrefix(err.Error(), "trip.Show: ") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("every kind survives", func(t *testing.T) {
		for k := range errs.Kinds {
			kind := errs.Kind(k)
			r := showing(t, func(context.Context) (car, error) { return car{}, errs.E(kind, "some_code", "x") })
			if _, err := show.Call(t.Context(), r.peer(), kitx.None{}); !errors.Is(err, errs.E(kind, "some_code", "")) {
				t.Errorf("%s: got %v", kind, err)
			}
		}
	})
	page := func(status int, body string) answered {
		return answered{status: status, header: http.Header{}, body: strings.NewReader(body)}
	}
	for name, c := range map[string]struct {
		peer kitx.Peer
		want errs.Kind
	}{
		"a page of a proxy is what its status says":     {page(502, "<html>"), errs.Unavailable},
		"a problem without a code is, too":              {page(404, "{}"), errs.NotFound},
		"an answer of another form is a fault":          {page(200, "<html>"), errs.Internal},
		"an answer with another type is a fault":        {page(200, `{"plate":1}`), errs.Internal},
		"a redirect is no answer":                       {page(301, `{"plate":"x"}`), errs.Internal},
		"an answer that breaks off is an outage":        {answered{status: 200, body: iotest.ErrReader(io.ErrUnexpectedEOF)}, errs.Unavailable},
		"a refusal that breaks off is what it began as": {answered{status: 404, header: http.Header{}, body: iotest.ErrReader(io.ErrUnexpectedEOF)}, errs.NotFound},
		"what the peer says passes":                     {answered{err: errs.E(errs.Unavailable, "unavailable", "")}, errs.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := show.Call(t.Context(), c.peer, kitx.None{}); err == nil || errs.KindOf(err) != c.want {
				t.Errorf("got %v", err)
			}
		})
	}
	t.Run("a redirect is no success of None either", func(t *testing.T) {
		if _, err := cancel.Call(t.Context(), page(301, ""), kitx.None{}); err == nil {
			t.Error("no error")
		}
	})
	t.Run("a caller that left is told so, whatever broke off", func(t *testing.T) {
		for _, status := range []int{200, 503} {
			_, err := show.Call(t.Context(), answered{status: status, header: http.Header{}, body: iotest.ErrReader(context.Canceled)}, kitx.None{})
			if _, kind := errors.AsType[*errs.Error](err); kind || !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		}
	})
	t.Run("members that we do not know yet are no trouble", func(t *testing.T) {
		if got, err := show.Call(t.Context(), page(200, `{"plate":"x","new":1}`), kitx.None{}); err != nil || got.Plate != "x" {
			t.Errorf("got %v, %v", got, err)
		}
	})
	t.Run("the body is read to its end and closed", func(t *testing.T) {
		for _, status := range []int{200, 204, 404} {
			body := &watched{Reader: strings.NewReader(fmt.Sprint(`{"plate":"x"}`, strings.Repeat(" ", 5000)))}
			_, _ = cancel.Call(t.Context(), bodied{status, body}, kitx.None{})
			if !body.ended || !body.closed {
				t.Errorf("%d: ended %t, closed %t", status, body.ended, body.closed)
			}
		}
	})
}

type bodied struct {
	status int
	body   io.ReadCloser
}

func (b bodied) Do(context.Context, kitx.Spec, *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: b.status, Header: http.Header{}, Body: b.body}, nil
}

// watched tells whether a body was read to its end and closed.
type watched struct {
	io.Reader
	ended, closed bool
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	w.ended = w.ended || err == io.EOF
	return n, err
}

func (w *watched) Close() error { w.closed = true; return nil }
