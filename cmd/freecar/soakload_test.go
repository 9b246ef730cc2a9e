package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// load is what a platform has to do on a busy day, by people who wait a little between two
// requests. Each has an address of its own within 127/8, as the limits count them.
type load struct {
	p        *program
	password string // the admin's
	staff    string // a token
	over     context.Context
	stop     context.CancelFunc
	work     sync.WaitGroup
	trips    atomic.Int64

	mu        sync.Mutex
	latencies []time.Duration
	statuses  map[int]int
}

func newLoad(t *testing.T, p *program) *load {
	t.Helper()
	password, err := os.ReadFile(filepath.Join(p.data, "admin-password"))
	if err != nil {
		t.Fatal(err)
	}
	l := &load{p: p, password: string(password), staff: p.admin().token, statuses: map[int]int{}}
	l.over, l.stop = context.WithCancel(t.Context())
	return l
}

// begin starts everybody and says how the platform was before.
func (l *load) begin() map[string]float64 {
	before := l.p.sample(l.p.tb.(*testing.T))
	const riders = 8
	for i := range riders {
		l.everyone(i, func(w *someone) { w.ride() })
	}
	l.everyone(riders, func(w *someone) { w.administer() })
	l.everyone(riders+1, func(w *someone) { w.come() })
	l.everyone(riders+2, func(w *someone) { w.photograph() })
	l.everyone(riders+3, func(w *someone) { w.leaveEarly() })
	for i := range 2 {
		l.everyone(riders+4+i, func(w *someone) { w.attack() })
	}
	l.everyone(riders+6, func(w *someone) { w.holdOn() })
	return before
}

// end stops everybody and says when that was.
func (l *load) end() time.Time {
	l.stop()
	l.work.Wait()
	return time.Now()
}

// far is how much was done.
func (l *load) far() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	requests := 0
	for _, n := range l.statuses {
		requests += n
	}
	return fmt.Sprintf("%d requests, %d trips, %d answers of 500", requests, l.trips.Load(), l.statuses[http.StatusInternalServerError])
}

func (l *load) takeLatencies() []time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	took := l.latencies
	l.latencies = nil
	return took
}

// everyone lets somebody do something again and again.
func (l *load) everyone(i int, do func(*someone)) {
	w := &someone{load: l, random: rand.New(rand.NewPCG(1, uint64(i)))}
	w.http = w.from(fmt.Sprintf("127.0.1.%d", i+1))
	l.work.Go(func() {
		defer w.http.CloseIdleConnections()
		for l.over.Err() == nil {
			do(w)
			w.rest(100 * time.Millisecond)
		}
	})
}

// someone is a client.
type someone struct {
	*load
	random  *rand.Rand
	http    *http.Client
	token   string
	refresh string
	email   string
	// signedIn is when staff did so last.
	signedIn time.Time
}

// from is a client at an address.
func (w *someone) from(address string) *http.Client {
	dialer := &net.Dialer{Timeout: 5 * time.Second, LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	return &http.Client{Transport: overheard{by: &http.Transport{DialContext: dialer.DialContext, MaxIdleConnsPerHost: 4, IdleConnTimeout: 30 * time.Second}}}
}

// rest waits about so long.
func (w *someone) rest(about time.Duration) {
	select {
	case <-w.over.Done():
	case <-time.After(about/2 + rand.N(about)):
	}
}

// ask sends a request and gives what came back; status 0 is nothing.
func (w *someone) ask(method, path string, body any, headers ...string) (status int, answer map[string]any) {
	defer w.rest(80 * time.Millisecond)
	raw, _ := json.Marshal(body)
	return w.send(w.over, w.http, method, path, raw, headers...)
}

func (w *someone) send(ctx context.Context, c *http.Client, method, path string, body []byte, headers ...string) (status int, answer map[string]any) {
	if !strings.HasPrefix(path, "http") {
		path = w.p.base + path
	}
	r, err := http.NewRequestWithContext(ctx, method, path, bytes.NewReader(body))
	if err != nil {
		return 0, nil
	}
	if string(body) == "null" || len(body) == 0 {
		r.Body, r.ContentLength, r.GetBody = nil, 0, nil
	} else {
		r.Header.Set("Content-Type", "application/json")
	}
	if w.token != "" {
		r.Header.Set("Authorization", "Bearer "+w.token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	begin := time.Now()
	resp, err := c.Do(r)
	if err != nil {
		return 0, nil
	}
	defer resp.Body.Close()
	raw, _ := io.ReadAll(resp.Body)
	w.mu.Lock()
	w.latencies = append(w.latencies, time.Since(begin))
	w.statuses[resp.StatusCode]++
	w.mu.Unlock()
	_ = json.Unmarshal(raw, &answer)
	return resp.StatusCode, answer
}

func word(answer map[string]any, path ...string) string {
	var at any = answer
	for _, name := range path {
		members, _ := at.(map[string]any)
		at = members[name]
	}
	s, _ := at.(string)
	return s
}

// enrol makes a rider of somebody: an account, a licence, money.
func (w *someone) enrol() bool {
	if w.token != "" {
		return true
	}
	w.email = fmt.Sprintf("soak-%d-%d@example.com", time.Now().UnixNano(), accounts.Add(1))
	_, a := w.ask("POST", "/v1/accounts", m{"email": w.email, "password": soakPassword, "name": "Soaked Rider"})
	id := word(a, "account", "id")
	if w.token, w.refresh = word(a, "session", "access_token"), word(a, "session", "refresh_token"); id == "" {
		return false
	}
	w.ask("PUT", "/v1/me/licence", m{"number": fmt.Sprintf("SOAK%08d", accounts.Add(1)), "full_name": "Soaked Rider", "birth_date": "1990-12-10", "expires_on": "2040-01-31", "country": "DE"})
	w.asStaff("POST", "/v1/ops/licences/"+id+"/approve", nil)
	w.topUp()
	return true
}

const soakPassword = "correct horse soaking"

// asStaff is one request of staff.
func (w *someone) asStaff(method, path string, body any) (int, map[string]any) {
	mine := w.token
	w.token = w.session()
	defer func() { w.token = mine }()
	return w.ask(method, path, body)
}

// session is the staff's token, renewed before it ends.
func (l *load) session() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.staff
}

func (w *someone) topUp() {
	w.ask("POST", "/v1/me/wallet/top-ups", m{"amount": euros(10_000)}, "Idempotency-Key", fmt.Sprint("soak-", time.Now().UnixNano()))
}

// renew goes on with the session, as a client does before it ends.
func (w *someone) renew() {
	_, a := w.ask("POST", "/v1/sessions/refresh", m{"refresh_token": w.refresh})
	w.token, w.refresh = word(a, "access_token"), word(a, "refresh_token")
}

// ride is a rider's day: look, reserve, drive, pause, end, read.
func (w *someone) ride() {
	if !w.enrol() {
		w.rest(time.Second)
		return
	}
	_, found := w.ask("GET", "/v1/cars?"+city+"&limit=50", nil)
	items, _ := found["items"].([]any)
	if len(items) == 0 {
		return
	}
	car, _ := items[w.random.IntN(len(items))].(map[string]any)
	id := word(car, "id")
	w.ask("GET", "/v1/cars/"+id, nil)
	switch w.random.IntN(5) {
	case 0: // and lets it expire
		w.ask("POST", "/v1/reservations", m{"car_id": id})
		for range 60 {
			if status, _ := w.ask("GET", "/v1/reservations/current", nil); status != http.StatusOK {
				return
			}
			w.rest(time.Second)
		}
		return
	case 1:
		_, a := w.ask("POST", "/v1/reservations", m{"car_id": id})
		w.ask("POST", "/v1/reservations/"+word(a, "id")+"/extend", nil)
		w.ask("DELETE", "/v1/reservations/"+word(a, "id"), nil)
		return
	case 2:
		w.ask("GET", "/v1/me/wallet/entries?limit=50", nil)
		w.ask("GET", "/v1/trips", nil)
		w.ask("GET", "/v1/me/export", nil)
		w.renew()
		return
	}
	status, a := w.ask("POST", "/v1/trips", m{"car_id": id}, "Idempotency-Key", fmt.Sprint("ride-", time.Now().UnixNano()))
	switch {
	case status == http.StatusCreated:
		w.drive(word(a, "id"))
	case word(a, "code") == "insufficient_funds":
		w.topUp()
	case status == http.StatusUnauthorized:
		w.token = ""
	case word(a, "code") == "account_busy": // what an answer that was lost had begun
		_, a := w.ask("GET", "/v1/trips/current", nil)
		w.drive(word(a, "id"))
	}
}

func (w *someone) drive(id string) {
	trip := "/v1/trips/" + id
	if id == "" || !w.awaitState(trip, "in_progress") {
		return
	}
	w.rest(2 * time.Second)
	if w.random.IntN(3) == 0 {
		w.ask("POST", trip+"/pause", nil)
		w.rest(time.Second)
		w.ask("POST", trip+"/resume", nil)
	}
	for range 100 {
		if status, _ := w.ask("POST", trip+"/end", nil); status == http.StatusAccepted || status == http.StatusOK {
			break
		}
		w.rest(300 * time.Millisecond)
	}
	if w.awaitState(trip, "finished") {
		w.ask("GET", trip+"/receipt", nil)
		w.trips.Add(1)
	}
}

func (w *someone) awaitState(trip, state string) bool {
	for range 300 {
		_, a := w.ask("GET", trip, nil)
		switch s := word(a, "state"); {
		case s == state:
			return true
		case s == "cancelled" || s == "finished" || w.over.Err() != nil:
			return false
		}
	}
	return false
}

// administer is staff at their desks.
func (w *someone) administer() {
	if w.token == "" || time.Since(w.signedIn) > 5*time.Minute { // long before the session ends
		w.token, w.signedIn = "", time.Now()
		_, a := w.ask("POST", "/v1/sessions", m{"email": defaultAdmin, "password": w.password})
		if w.token = word(a, "access_token"); w.token == "" {
			return
		}
		w.mu.Lock()
		w.staff = w.token
		w.mu.Unlock()
	}
	for _, path := range []string{"/v1/ops/cars?limit=50", "/v1/ops/accounts?limit=50", "/v1/ops/trips?limit=50", "/v1/ops/licences?status=pending",
		"/v1/ops/audit?limit=50", "/v1/ops/zones", "/v1/ops/pricing-plans", "/v1/ops/issues", "/v1/ops/dead-letters"} {
		w.ask("GET", path, nil)
	}
}

// come signs in and out.
func (w *someone) come() {
	if w.email == "" && !w.enrol() {
		return
	}
	_, a := w.ask("POST", "/v1/sessions", m{"email": w.email, "password": soakPassword})
	if w.token = word(a, "access_token"); w.token != "" {
		w.ask("GET", "/v1/me", nil)
		w.ask("DELETE", "/v1/sessions/current", nil)
	}
	w.rest(time.Second)
}

// photograph puts pictures up and takes them away.
func (w *someone) photograph() {
	if !w.enrol() {
		return
	}
	status, a := w.ask("POST", "/v1/me/avatar", photoOf(4000))
	if status == http.StatusUnauthorized {
		w.token = ""
	}
	if url := word(a, "upload", "url"); url != "" {
		w.send(w.over, w.http, "PUT", url, png(4000), "Content-Type", "image/png")
		_, link := w.ask("GET", "/v1/me/avatar", nil)
		if url := word(link, "url"); url != "" {
			w.send(w.over, w.http, "GET", url, nil)
		}
	}
	w.ask("DELETE", "/v1/me/avatar", nil)
	w.rest(time.Second)
}

// leaveEarly asks and does not wait.
func (w *someone) leaveEarly() {
	if !w.enrol() {
		return
	}
	for _, path := range []string{"/v1/cars?" + city, "/v1/me/export", "/v1/me/wallet", "/v1/trips"} {
		ctx, cancel := context.WithTimeout(w.over, rand.N(20*time.Millisecond))
		w.send(ctx, w.http, "GET", path, nil)
		cancel()
		w.rest(50 * time.Millisecond)
	}
	if status, _ := w.ask("GET", "/v1/me", nil); status == http.StatusUnauthorized {
		w.token = ""
	}
}

// attack is what comes from the street, from another address each time.
func (w *someone) attack() {
	c := w.from(fmt.Sprintf("127.%d.%d.%d", 2+w.random.IntN(250), w.random.IntN(256), 1+w.random.IntN(250)))
	defer c.CloseIdleConnections()
	junk := fmt.Sprintf("%x", w.random.Uint64())
	for _, a := range []struct{ method, path, body, header string }{
		{"GET", "/" + junk, "", ""}, {"X" + strings.ToUpper(junk[:4]), "/v1/cars", "", ""}, {"DELETE", "/v1/cars/" + junk, "", ""},
		{"POST", "/v1/accounts", `{"email":"` + junk, ""}, {"POST", "/v1/accounts", `{"` + junk + `":1}`, ""},
		{"POST", "/v1/sessions", `{"email":"` + junk + `@example.com","password":"` + junk + `"}`, ""},
		{"GET", "/v1/me", "", "v4.public." + junk}, {"GET", "/v1/trips?cursor=" + junk, "", ""},
		{"PUT", "/objects/" + junk + "?signature=" + junk + "&expires=1", junk, ""}, {"GET", "/internal/v1/" + junk, "", ""},
		{"GET", "/v1/cars?" + city + "&" + junk + "=1", "", ""},
	} {
		headers := []string{"X-Request-Id", fmt.Sprint("attack-", w.random.Uint32())}
		if a.header != "" {
			headers = append(headers, "Authorization", "Bearer "+a.header)
		}
		w.send(w.over, c, a.method, a.path, []byte(a.body), headers...)
		w.rest(40 * time.Millisecond)
	}
}

// holdOn has connections that say nothing, or half a request.
func (w *someone) holdOn() {
	for i := range 20 {
		conn, err := net.DialTimeout("tcp", strings.TrimPrefix(w.p.base, "http://"), 5*time.Second)
		if err != nil {
			return
		}
		defer conn.Close()
		if i%2 == 0 {
			_, _ = io.WriteString(conn, "POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{")
		}
	}
	w.rest(20 * time.Second)
}
