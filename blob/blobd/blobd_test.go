package blobd_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-kit/kit/sd"

	"freecar/blob/blobapi"
	"freecar/blob/blobd"
	"freecar/blob/internal/adaptertest"
	"freecar/internal/auth"
	"freecar/internal/auth/assertion"
	"freecar/internal/clock"
	"freecar/internal/errs"
	"freecar/internal/events"
	"freecar/internal/events/sqlitebus"
	"freecar/internal/ids"
	"freecar/internal/leaktest"
	"freecar/internal/obs"
	"freecar/internal/peer"
)

// Circuits live as long as the process.
func TestMain(m *testing.M) { leaktest.Main(m) }

// world is a running blob service behind a real socket, seen by its callers.
type world struct {
	profile, gateway *peer.Peer
	client           *http.Client
	address          string
	bus              *sqlitebus.Bus
	clock            *clock.Manual
}

func start(t *testing.T) *world {
	t.Helper()
	w := &world{clock: clock.NewManual(time.Date(2030, 5, 1, 12, 0, 0, 0, time.UTC))}
	folder := t.TempDir()
	var err error
	if w.bus, err = sqlitebus.Open(t.Context(), filepath.Join(folder, "bus.db"), clock.System{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closed(t, w.bus.Close) })
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { handler.ServeHTTP(rw, r) }))
	t.Cleanup(server.Close)
	w.client, w.address = server.Client(), strings.TrimPrefix(server.URL, "http://")
	authority, shown := assertion.NewAuthority([]byte(strings.Repeat("k", 32)), w.clock), obs.Discard()
	service, err := blobd.New(t.Context(), blobd.Config{
		Path: filepath.Join(folder, "blob.db"), Directory: filepath.Join(folder, "objects"), PublicURL: server.URL,
		URLKey: []byte(strings.Repeat("u", 32)), SweepEvery: time.Millisecond,
		Obs: shown.For("blob"), Clock: w.clock, IDs: ids.Random{}, Bus: w.bus, Authority: authority,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closed(t, service.Close) })
	run(t, service.Run)
	handler = service.Handler()
	transport := peer.NewTransport()
	t.Cleanup(transport.CloseIdleConnections)
	as := func(caller string) *peer.Peer {
		p := peer.New(peer.Config{Caller: caller, Callee: blobapi.Name, Instances: sd.FixedInstancer{w.address},
			Transport: transport, Authority: authority, Obs: shown.For(caller)})
		t.Cleanup(p.Close)
		return p
	}
	w.profile, w.gateway = as("profile"), as("gateway")
	return w
}

// run runs a loop until the test ends.
func run(t *testing.T, loop func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- loop(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func closed(t *testing.T, close func() error) {
	if err := close(); err != nil {
		t.Error(err)
	}
}

func rider(t *testing.T, account string) context.Context {
	return auth.With(t.Context(), auth.Principal{Subject: account, Roles: auth.Rider})
}

func create(t *testing.T, w *world, contentType string, size int64) blobapi.Room {
	t.Helper()
	room, err := blobapi.Create.Call(rider(t, "1"), w.profile, blobapi.CreateRequest{
		OwnerID: "1", Purpose: blobapi.LicencePhoto, ContentType: contentType, Size: size})
	if err != nil {
		t.Fatal(err)
	}
	return room
}

func link(t *testing.T, w *world, id string) blobapi.Link {
	t.Helper()
	l, err := blobapi.GetURL.Call(rider(t, "1"), w.profile, blobapi.ObjectRequest{ID: id})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// do sends a request as a client would and gives the answer with its whole body.
func do(t *testing.T, w *world, method, to string, body io.Reader, header map[string]string) (*http.Response, []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, to, body)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range header {
		r.Header.Set(name, value)
	}
	resp, err := w.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, got
}

// send uploads and says what it got: "200", or status and code.
func send(t *testing.T, w *world, room blobapi.Room, body io.Reader) string {
	t.Helper()
	return outcome(do(t, w, room.Upload.Method, room.Upload.URL, body, room.Upload.Headers))
}

func outcome(resp *http.Response, body []byte) string {
	if resp.StatusCode < 400 {
		return fmt.Sprint(resp.StatusCode)
	}
	_, code, _ := strings.Cut(string(body), `"code":"`)
	code, _, _ = strings.Cut(code, `"`)
	return fmt.Sprintf("%d %s", resp.StatusCode, code)
}

func expect(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %s, want %s", what, got, want)
	}
}

func TestJourney(t *testing.T) {
	w := start(t)
	const size = blobapi.UploadAtMost
	room := create(t, w, "image/png", size)
	picture := adaptertest.PNG(size)
	picture[size-1] = 7

	l := link(t, w, room.BlobID)
	expect(t, "before the upload", l.State, blobapi.StatePending)
	expect(t, "nothing to see yet", outcome(do(t, w, "GET", l.URL, nil, nil)), "404 not_found")
	expect(t, "the largest object there is", send(t, w, room, bytes.NewReader(picture)), "200")
	l = link(t, w, room.BlobID)
	expect(t, "after the upload", l.State, blobapi.StateStored)
	expect(t, "a second upload", send(t, w, room, bytes.NewReader(picture)), "409 already_uploaded")

	resp, got := do(t, w, "GET", l.URL, nil, nil)
	if resp.StatusCode != http.StatusOK || !bytes.Equal(got, picture) {
		t.Errorf("got %s and %d bytes", resp.Status, len(got))
	}
	for name, want := range map[string]string{
		"Content-Type":            "image/png",
		"Content-Length":          fmt.Sprint(size),
		"Content-Disposition":     `inline; filename="` + room.BlobID + `.png"`,
		"X-Content-Type-Options":  "nosniff",
		"Cache-Control":           "private, max-age=300, immutable",
		"Content-Security-Policy": "default-src 'none'; sandbox",
	} {
		expect(t, name, resp.Header.Get(name), want)
	}

	if _, err := blobapi.Delete.Call(rider(t, "1"), w.profile, blobapi.ObjectRequest{ID: room.BlobID}); err != nil {
		t.Fatal(err)
	}
	expect(t, "a link to what is deleted", outcome(do(t, w, "GET", l.URL, nil, nil)), "404 not_found")
	_, err := blobapi.GetURL.Call(rider(t, "1"), w.profile, blobapi.ObjectRequest{ID: room.BlobID})
	if errs.KindOf(err) != errs.NotFound {
		t.Errorf("got %v", err)
	}
}

func TestUploads(t *testing.T) {
	w := start(t)
	t.Run("the bytes decide about the type, not what the request says", func(t *testing.T) {
		room := create(t, w, "image/jpeg", 1000)
		room.Upload.Headers = map[string]string{"Content-Type": "application/json"}
		expect(t, "a PNG", send(t, w, room, bytes.NewReader(adaptertest.PNG(100))), "415 wrong_type")
		expect(t, "HTML", send(t, w, room, strings.NewReader("<html><script>alert(1)</script>")), "415 wrong_type")
		expect(t, "a JPEG", send(t, w, room, bytes.NewReader(adaptertest.JPEG())), "200")
	})
	t.Run("too many bytes are refused, announced or not", func(t *testing.T) {
		room := create(t, w, "image/png", 5000)
		expect(t, "announced", send(t, w, room, bytes.NewReader(adaptertest.PNG(5001))), "413 too_large")
		expect(t, "chunked", send(t, w, room, io.MultiReader(bytes.NewReader(adaptertest.PNG(5001)))), "413 too_large")
		expect(t, "as many as were asked for", send(t, w, room, io.MultiReader(bytes.NewReader(adaptertest.PNG(5000)))), "200")
	})
	t.Run("no bytes are refused", func(t *testing.T) {
		expect(t, "empty", send(t, w, create(t, w, "image/png", 50), http.NoBody), "400 invalid")
	})
	t.Run("a connection that breaks leaves nothing", func(t *testing.T) {
		room := create(t, w, "image/png", 5000)
		for _, head := range []string{"Content-Length: 5000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n1388\r\n"} {
			expect(t, head, cut(t, w, room, head+string(adaptertest.PNG(4000))), "400 Bad Request")
		}
		expect(t, "state", link(t, w, room.BlobID).State, blobapi.StatePending)
		expect(t, "again", send(t, w, room, bytes.NewReader(adaptertest.PNG(5000))), "200")
	})
	t.Run("forged and expired addresses are refused", func(t *testing.T) {
		room := create(t, w, "image/png", 5000)
		body := func() io.Reader { return bytes.NewReader(adaptertest.PNG(100)) }
		forge := func(change func(url.Values)) string {
			u, err := url.Parse(room.Upload.URL)
			if err != nil {
				t.Fatal(err)
			}
			q := u.Query()
			change(q)
			u.RawQuery = q.Encode()
			return u.String()
		}
		for what, to := range map[string]string{
			"no signature":   forge(func(q url.Values) { q.Del("signature") }),
			"no query":       strings.Split(room.Upload.URL, "?")[0],
			"later":          forge(func(q url.Values) { q.Set("expires", "99999999999999") }),
			"no number":      forge(func(q url.Values) { q.Set("expires", "never") }),
			"other object":   strings.Replace(room.Upload.URL, room.BlobID, create(t, w, "image/png", 5000).BlobID, 1),
			"unknown object": strings.Replace(room.Upload.URL, room.BlobID, "x", 1),
		} {
			expect(t, what, outcome(do(t, w, "PUT", to, body(), nil)), "403 bad_signature")
		}
		expect(t, "reading with it", outcome(do(t, w, "GET", room.Upload.URL, nil, nil)), "403 bad_signature")
		w.clock.Advance(15 * time.Minute)
		expect(t, "too late", send(t, w, room, body()), "403 link_expired")
	})
}

// cut sends a request by hand, ends the sending and gives the answer's status.
func cut(t *testing.T, w *world, room blobapi.Room, rest string) string {
	t.Helper()
	u, err := url.Parse(room.Upload.URL)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", w.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := fmt.Fprintf(conn, "PUT %s HTTP/1.1\r\nHost: blob\r\nConnection: close\r\n%s", u.RequestURI(), rest); err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(answer), "\r\n")
	return strings.TrimPrefix(line, "HTTP/1.1 ")
}

func TestAccess(t *testing.T) {
	w := start(t)
	room := create(t, w, "image/png", 50)
	ask := func(ctx context.Context, p *peer.Peer) error {
		_, err := blobapi.GetURL.Call(ctx, p, blobapi.ObjectRequest{ID: room.BlobID})
		return err
	}
	staff := auth.With(t.Context(), auth.Principal{Subject: "9", Roles: auth.Support})
	for who, c := range map[string]struct {
		err  error
		want errs.Kind
	}{
		"another rider": {ask(rider(t, "2"), w.profile), errs.NotFound},
		"the gateway":   {ask(rider(t, "1"), w.gateway), errs.Denied},
		"what is no id": {func() error {
			_, err := blobapi.GetURL.Call(staff, w.profile, blobapi.ObjectRequest{ID: "x"})
			return err
		}(), errs.Invalid},
		"a delete by a rider": {func() error {
			_, err := blobapi.Delete.Call(rider(t, "2"), w.profile, blobapi.ObjectRequest{ID: room.BlobID})
			return err
		}(), errs.NotFound},
		"one byte too many": {tooLarge(t, w), errs.Invalid},
	} {
		if errs.KindOf(c.err) != c.want {
			t.Errorf("%s: got %v, want %s", who, c.err, c.want)
		}
	}
	for who, ctx := range map[string]context.Context{"the owner": rider(t, "1"), "staff": staff, "the service itself": t.Context()} {
		if err := ask(ctx, w.profile); err != nil {
			t.Errorf("%s: got %v", who, err)
		}
	}
}

func tooLarge(t *testing.T, w *world) error {
	_, err := blobapi.Create.Call(rider(t, "1"), w.profile, blobapi.CreateRequest{
		OwnerID: "1", Purpose: blobapi.LicencePhoto, ContentType: "image/png", Size: blobapi.UploadAtMost + 1})
	return err
}

func TestRun(t *testing.T) {
	t.Run("the sweep confirms what nobody looked at, and events tell of it", func(t *testing.T) {
		w := start(t)
		seen, ready := make(chan events.Event, 8), make(chan struct{})
		run(t, func(ctx context.Context) error {
			return w.bus.Feed(ctx, []string{blobapi.ObjectCreated, blobapi.ObjectStored, blobapi.ObjectDeleted},
				func() { close(ready) }, func() {}, func(e events.Event) { seen <- e })
		})
		<-ready
		room := create(t, w, "image/png", 1000)
		expect(t, "upload", send(t, w, room, bytes.NewReader(adaptertest.PNG(100))), "200")
		w.clock.Advance(16 * time.Minute)
		for _, want := range []struct{ kind, data string }{
			{blobapi.ObjectCreated, `"size":0,"state":"pending","version":1}`},
			{blobapi.ObjectStored, `"size":100,"state":"stored","version":2}`},
		} {
			e := <-seen
			whole := `{"id":"` + room.BlobID + `","owner_id":"1","purpose":"licence_photo","content_type":"image/png",` + want.data
			expect(t, e.Type, string(e.Data), whole)
			expect(t, "type", e.Type, want.kind)
		}
	})
	t.Run("a configuration that cannot work is refused", func(t *testing.T) {
		if _, err := blobd.New(t.Context(), blobd.Config{PublicURL: "http://x", URLKey: []byte("short")}); err == nil {
			t.Error("a short key was taken")
		}
	})
}
