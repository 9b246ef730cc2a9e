package kitx_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"freecar/internal/auth"
	"freecar/internal/errs"
	"freecar/internal/kitx"
)

// TestHead asks over a socket: that no body goes out is the server's part.
func TestHead(t *testing.T) {
	type item struct {
		ID string `path:"id"`
	}
	get := kitx.NewRoute[item, problem](kitx.Spec{Op: "trip.Item", Method: "GET", Path: "/v1/items/{id}", Who: auth.Only(auth.Rider), ETag: true})
	stream := kitx.NewRaw(kitx.Spec{Op: "trip.Stream", Method: "GET", Path: "/v1/stream", Who: auth.Only(auth.Rider), Stream: true})
	r := newRig(t)
	get.Mount(r.Server, func(_ context.Context, i item) (problem, error) {
		if i.ID == "none" {
			return problem{}, errs.Missing("item")
		}
		return problem{Title: i.ID}, nil
	})
	stream.Mount(r.Server, func(http.ResponseWriter, *http.Request) error { t.Error("the stream began"); return nil })
	cancel.Mount(r.Server, nothing)
	server := httptest.NewServer(r.Server)
	defer server.Close()
	ask := func(t *testing.T, method, path, who string) (*http.Response, string) {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Who", who)
		resp, err := server.Client().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp, string(body)
	}
	t.Run("is GET without the body, refusals included", func(t *testing.T) {
		for _, c := range []struct {
			path, who string
			status    int
		}{{"/v1/items/a", "rider", 200}, {"/v1/items/none", "rider", 404}, {"/v1/items/a?zz=1", "rider", 400}, {"/v1/items/a", "nobody", 401}, {"/v1/nowhere", "rider", 404}} {
			whole, text := ask(t, "GET", c.path, c.who)
			head, none := ask(t, "HEAD", c.path, c.who)
			if head.StatusCode != c.status || whole.StatusCode != c.status || none != "" || text == "" || head.ContentLength <= 0 {
				t.Errorf("%s: got %d with %q and a length of %d", c.path, head.StatusCode, none, head.ContentLength)
			}
			for _, name := range []string{"Content-Type", "ETag", "Cache-Control"} {
				if got, want := head.Header.Get(name), whole.Header.Get(name); got != want {
					t.Errorf("%s: %s is %q, want %q", c.path, name, got, want)
				}
			}
		}
	})
	t.Run("is none of a stream, and none where nothing is read", func(t *testing.T) {
		for path, allow := range map[string]string{"/v1/stream": "GET", cancel.Spec().Path: cancel.Spec().Method} {
			if resp, _ := ask(t, "HEAD", path, "rider"); resp.StatusCode != http.StatusMethodNotAllowed || resp.Header.Get("Allow") != allow {
				t.Errorf("%s: got %d, Allow %q", path, resp.StatusCode, resp.Header.Get("Allow"))
			}
		}
	})
}
