package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"
)

// png is the smallest start of a picture that is known as one, filled up to n bytes.
func png(n int) []byte {
	return append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), bytes.Repeat([]byte{1}, n-16)...)
}

// put sends bytes to where an upload goes and returns the status.
func (c client) put(upload answer, path []any, body []byte) int {
	c.t.Helper()
	at := func(last ...any) string { return upload.text(c.t, append(append([]any{}, path...), last...)...) }
	r, err := http.NewRequest(at("upload", "method"), at("upload", "url"), bytes.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Content-Type", at("upload", "headers", "Content-Type"))
	resp, err := c.http.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode
}

// shown is the bytes behind the answer's url.
func (c client) shown(link answer) []byte {
	c.t.Helper()
	resp, err := c.http.Get(link.text(c.t, "url"))
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		c.t.Fatalf("got %d, %v", resp.StatusCode, err)
	}
	return body
}

func photoOf(n int) m { return m{"content_type": "image/png", "size": n} }

var licencePaper = m{"number": "P-1 000", "full_name": "Ada Rider", "birth_date": "1990-12-10", "expires_on": "2040-01-31", "country": "DE"}

func TestPapersLicence(t *testing.T) {
	both(t, 0, func(t *testing.T, r *rig) {
		rider, account := r.signUp()
		other, otherID := r.signUp()
		inspect := "/v1/ops/licences/" + account
		r.staff.want(http.StatusNotFound, http.MethodGet, inspect, nil)
		rider.want(http.StatusOK, http.MethodPut, "/v1/me/licence", licencePaper)
		r.staff.want(http.StatusNotFound, http.MethodGet, inspect+"/photo", nil)

		first := rider.want(http.StatusCreated, http.MethodPost, "/v1/me/licence/photo", photoOf(100))
		for name, bad := range map[string]struct {
			body []byte
			want int
		}{"no picture": {[]byte("<html>no picture of anything</html>"), 415}, "too large": {png(101), 413}} {
			if got := r.put(first, nil, bad.body); got != bad.want {
				t.Errorf("%s: got %d, want %d", name, got, bad.want)
			}
		}
		if got := r.put(first, nil, png(100)); got != http.StatusOK {
			t.Fatalf("the upload: %d", got)
		}
		link := r.staff.want(http.StatusOK, http.MethodGet, inspect+"/photo", nil)
		if !bytes.Equal(r.shown(link), png(100)) {
			t.Error("staff see another photo")
		}
		for _, who := range []client{rider, other} {
			who.want(http.StatusForbidden, http.MethodGet, inspect, nil)
			who.want(http.StatusForbidden, http.MethodGet, inspect+"/photo", nil)
		}
		other.want(http.StatusNotFound, http.MethodGet, "/v1/me/licence/photo", nil)
		r.staff.want(http.StatusOK, http.MethodPost, inspect+"/approve", nil)
		if got := rider.want(http.StatusConflict, http.MethodDelete, "/v1/me/licence/photo", nil); got.code() != "photo_in_use" {
			t.Errorf("got %v", got.body)
		}

		// Another photo waits until the licence is sent again.
		second := rider.want(http.StatusCreated, http.MethodPost, "/v1/me/licence/photo", photoOf(60))
		r.put(second, nil, png(60))
		if got := r.shown(rider.want(http.StatusOK, http.MethodGet, "/v1/me/licence/photo", nil)); len(got) != 100 {
			t.Errorf("a photo of %d bytes", len(got))
		}
		if got := rider.want(http.StatusOK, http.MethodPut, "/v1/me/licence", licencePaper).text(t, "status"); got != "pending" {
			t.Errorf("it is %s", got)
		}
		if got := r.shown(r.staff.want(http.StatusOK, http.MethodGet, inspect+"/photo", nil)); len(got) != 60 {
			t.Errorf("a photo of %d bytes", len(got))
		}
		r.staff.want(http.StatusOK, http.MethodPost, inspect+"/approve", nil)

		// The same number, typed in another way, serves nobody else.
		copied := m{}
		for k, v := range licencePaper {
			copied[k] = v
		}
		copied["number"] = "p1000"
		other.want(http.StatusOK, http.MethodPut, "/v1/me/licence", copied)
		if got := r.staff.want(http.StatusOK, http.MethodGet, "/v1/ops/licences/"+otherID, nil).text(t, "duplicate_of"); got != account {
			t.Errorf("a duplicate of %s", got)
		}
		if got := r.staff.want(http.StatusConflict, http.MethodPost, "/v1/ops/licences/"+otherID+"/approve", nil); got.code() != "licence_number_taken" {
			t.Errorf("got %v", got.body)
		}
		r.staff.want(http.StatusOK, http.MethodPost, "/v1/ops/licences/"+otherID+"/reject", m{"reason": "not yours"})
		if got := other.want(http.StatusOK, http.MethodGet, "/v1/me/licence", nil); got.text(t, "reason") != "not yours" {
			t.Errorf("got %v", got.body)
		}
	})
}

// TestPapersDecision decides on what staff looked at, by the tool.
func TestPapersDecision(t *testing.T) {
	r := newRig(t, 1, 0)
	d := signedIn(t, r)
	rider, account := r.signUp()
	rider.submitLicence()
	has(t, d.does("licences", "list"), "VERSION")
	has(t, d.does("licences", "show", account), "version         1\n")
	rider.want(http.StatusOK, http.MethodPut, "/v1/me/licence", licencePaper)
	d.fails(1, "(licence_changed)", "licences", "approve", account, "--version", "1")
	d.fails(1, "(licence_changed)", "licences", "reject", account, "--version", "1", "--reason", "blurred")
	has(t, d.does("licences", "approve", account, "--version", "2", "--json"), `"status":"verified"`, `"version":2`)
	again := r.staff.want(http.StatusOK, http.MethodPost, "/v1/ops/licences/"+account+"/approve", m{"version": 2})
	if got := again.at(t, "version"); got != 2.0 {
		t.Errorf("version %v", got)
	}
}

func TestPapersAvatar(t *testing.T) {
	both(t, 0, func(t *testing.T, r *rig) {
		rider, _ := r.signUp()
		other, _ := r.signUp()
		const avatar = "/v1/me/avatar"
		rider.want(http.StatusNotFound, http.MethodGet, avatar, nil)
		rider.want(http.StatusNotFound, http.MethodDelete, avatar, nil)
		first := rider.want(http.StatusCreated, http.MethodPost, avatar, photoOf(100))
		rider.want(http.StatusNotFound, http.MethodGet, avatar, nil)
		r.put(first, nil, png(100))
		old := rider.want(http.StatusOK, http.MethodGet, avatar, nil)
		second := rider.want(http.StatusCreated, http.MethodPost, avatar, photoOf(50))
		if got := r.shown(rider.want(http.StatusOK, http.MethodGet, avatar, nil)); len(got) != 100 {
			t.Errorf("a picture of %d bytes", len(got))
		}
		r.put(second, nil, png(50))
		if got := r.shown(rider.want(http.StatusOK, http.MethodGet, avatar, nil)); len(got) != 50 {
			t.Errorf("a picture of %d bytes", len(got))
		}
		other.want(http.StatusNotFound, http.MethodGet, avatar, nil)
		gone := func() bool {
			resp, err := r.http.Get(old.text(t, "url"))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			_, _ = io.Copy(io.Discard, resp.Body)
			return resp.StatusCode == http.StatusNotFound
		}
		for end := time.Now().Add(30 * time.Second); !gone(); <-time.After(20 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("the old picture is there still")
			}
		}
		rider.want(http.StatusNoContent, http.MethodDelete, avatar, nil)
		rider.want(http.StatusNotFound, http.MethodGet, avatar, nil)
	})
}

func TestPapersIssue(t *testing.T) {
	both(t, 1, func(t *testing.T, r *rig) {
		rider, account := r.rider(r.staff)
		other, _ := r.signUp()
		car := rider.cars(1)[0]
		trip := rider.want(http.StatusCreated, http.MethodPost, "/v1/trips", m{"car_id": car}).text(t, "id")
		report := m{"kind": "damage", "text": "A scratch.\nLeft door.", "photos": []m{photoOf(100), photoOf(50)}}
		path := "/v1/trips/" + trip + "/issues"
		other.want(http.StatusNotFound, http.MethodPost, path, report)
		got := rider.want(http.StatusCreated, http.MethodPost, path, report, "Idempotency-Key", "issue-1")
		id := got.text(t, "id")
		again := rider.want(http.StatusCreated, http.MethodPost, path, report, "Idempotency-Key", "issue-1")
		if again.text(t, "id") != id || again.header.Get("Idempotency-Replayed") != "true" ||
			again.text(t, "photos", 1, "upload", "url") != got.text(t, "photos", 1, "upload", "url") {
			t.Errorf("got %v, then %v", got.body, again.body)
		}
		rider.want(http.StatusUnprocessableEntity, http.MethodPost, path, m{"kind": "other", "text": "x"}, "Idempotency-Key", "issue-1")
		if status := r.put(got, []any{"photos", 0}, png(100)); status != http.StatusOK {
			t.Fatalf("the upload: %d", status)
		}
		listed := r.staff.want(http.StatusOK, http.MethodGet, "/v1/ops/issues?state=open&trip_id="+trip+"&car_id="+car, nil)
		if listed.text(t, "items", 0, "id") != id || listed.text(t, "items", 0, "account_id") != account || len(listed.at(t, "items").([]any)) != 1 {
			t.Errorf("got %v", listed.body)
		}
		photo := "/v1/ops/issues/" + id + "/photos/"
		if shown := r.shown(r.staff.want(http.StatusOK, http.MethodGet, photo+got.text(t, "photos", 0, "blob_id"), nil)); len(shown) != 100 {
			t.Errorf("a photo of %d bytes", len(shown))
		}
		r.staff.want(http.StatusNotFound, http.MethodGet, photo+got.text(t, "photos", 1, "blob_id"), nil) // not uploaded
		r.staff.want(http.StatusNotFound, http.MethodGet, photo+id, nil)
		rider.want(http.StatusForbidden, http.MethodGet, "/v1/ops/issues", nil)
		for range 2 {
			closed := r.staff.want(http.StatusOK, http.MethodPost, "/v1/ops/issues/"+id+"/close", m{"note": "polished"})
			if closed.text(t, "state") != "closed" || closed.text(t, "note") != "polished" {
				t.Errorf("got %v", closed.body)
			}
		}
		kept := rider.want(http.StatusOK, http.MethodGet, "/v1/me/export", nil)
		if kept.text(t, "issues", 0, "text") != "A scratch.\nLeft door." || kept.text(t, "issues", 0, "note") != "polished" ||
			len(kept.at(t, "issues", 0, "photo_blob_ids").([]any)) != 2 || len(kept.at(t, "reservations").([]any)) != 0 {
			t.Errorf("the export: %v", kept.body)
		}
		if left := r.staff.want(http.StatusOK, http.MethodGet, "/v1/ops/issues?state=open&trip_id="+trip, nil); len(left.at(t, "items").([]any)) != 0 {
			t.Errorf("got %v", left.body)
		}
	})
}

// A reader of photos approves what it reads as the rider said it, and leaves the rest.
func TestPapersReader(t *testing.T) {
	var asked atomic.Int64
	reader := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/oauth/2.0/token" {
			_, _ = io.WriteString(w, `{"access_token":"t","expires_in":2592000}`)
			return
		}
		if asked.Add(1) == 1 { // away for a moment
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		_, _ = io.WriteString(w, `{"words_result":{"证号":{"words":"R1000"},"姓名":{"words":"ADA RIDER"},"出生日期":{"words":"19901210"},"失效日期":{"words":"20400131"}}}`)
	}))
	defer reader.Close()
	for name, value := range map[string]string{"BAIDU_URL": reader.URL, "BAIDU_API_KEY": "k", "BAIDU_SECRET_KEY": "s", "LICENCE_READER_APPROVES": "on"} {
		t.Setenv("FREECAR_"+name, value)
	}
	both(t, 0, func(t *testing.T, r *rig) {
		for number, want := range map[string]string{"R-1000": "verified", "R-2000": "pending", "R/1000": "pending"} {
			rider, account := r.signUp()
			paper := m{}
			for k, v := range licencePaper {
				paper[k] = v
			}
			paper["number"] = number
			if number != "R/1000" { // the same paper again, of another country
				paper["country"] = "CN"
			}
			rider.want(http.StatusOK, http.MethodPut, "/v1/me/licence", paper)
			r.put(rider.want(http.StatusCreated, http.MethodPost, "/v1/me/licence/photo", photoOf(100)), nil, png(100))
			got := r.staff.until("the reading of "+number, "/v1/ops/licences/"+account, func(a answer) bool { return a.body["reading"] != nil })
			if got.text(t, "status") != want || got.text(t, "reading", "outcome") != "read" || got.text(t, "reading", "fields", 0, "read") != "R1000" ||
				got.at(t, "reading", "fields", 0, "matches") != (number != "R-2000") || got.at(t, "reading", "fields", 1, "matches") != true {
				t.Errorf("%s: got %v", number, got.body)
			}
			kept := rider.want(http.StatusOK, http.MethodGet, "/v1/me/export", nil)
			if kept.text(t, "licence", "number") != number || kept.text(t, "licence", "reading", "fields", 0, "read") != "R1000" {
				t.Errorf("the export: %v", kept.body)
			}
			if want == "verified" && got.text(t, "decided_by") != "baidu_ocr" {
				t.Errorf("got %v", got.body)
			}
		}
	})
}

func TestPapersBadInput(t *testing.T) {
	r := newRig(t, 1, 0)
	rider, account := r.signUp()
	const id = "01a20612-20c1-7c05-8be3-84f68710ce5b"
	issue := func(change m) m {
		whole := m{"kind": "damage", "text": "x"}
		for k, v := range change {
			whole[k] = v
		}
		return whole
	}
	for _, c := range []struct {
		who          client
		method, path string
		body         any
		field        string
	}{
		{rider, "POST", "/v1/me/avatar", m{}, "content_type"},
		{rider, "POST", "/v1/me/avatar", m{"content_type": "image/svg+xml", "size": 10}, "content_type"},
		{rider, "POST", "/v1/me/avatar", m{"content_type": "image/png", "size": 0}, "size"},
		{rider, "POST", "/v1/me/avatar", m{"content_type": "image/png", "size": 5<<20 + 1}, "size"},
		{rider, "POST", "/v1/me/avatar", m{"content_type": "image/png", "size": 1, "name": "x"}, "name"},
		{rider, "POST", "/v1/trips/x/issues", issue(nil), "id"},
		{rider, "POST", "/v1/trips/" + id + "/issues", issue(m{"kind": "noise"}), "kind"},
		{rider, "POST", "/v1/trips/" + id + "/issues", issue(m{"text": ""}), "text"},
		{rider, "POST", "/v1/trips/" + id + "/issues", issue(m{"text": "a\x00b"}), "text"},
		{rider, "POST", "/v1/trips/" + id + "/issues", issue(m{"photos": []m{photoOf(1), {"content_type": "image/png", "size": -1}}}), "photos[1].size"},
		{rider, "POST", "/v1/trips/" + id + "/issues", issue(m{"photos": []m{photoOf(1), photoOf(1), photoOf(1), photoOf(1), photoOf(1), photoOf(1)}}), "photos"},
		{r.staff, "GET", "/v1/ops/licences/x", nil, "account_id"},
		{r.staff, "GET", "/v1/ops/licences/x/photo", nil, "account_id"},
		{r.staff, "POST", "/v1/ops/licences/" + account + "/reject", m{}, "reason"},
		{r.staff, "POST", "/v1/ops/licences/" + account + "/approve", m{"version": -1}, "version"},
		{r.staff, "POST", "/v1/ops/licences/" + account + "/approve", m{"reason": "fine"}, "reason"},
		{r.staff, "GET", "/v1/ops/issues?state=gone", nil, "state"},
		{r.staff, "GET", "/v1/ops/issues?trip_id=x", nil, "trip_id"},
		{r.staff, "GET", "/v1/ops/issues?car_id=x", nil, "car_id"},
		{r.staff, "GET", "/v1/ops/issues?cursor=x", nil, "cursor"},
		{r.staff, "POST", "/v1/ops/issues/x/close", nil, "id"},
		{r.staff, "GET", "/v1/ops/issues/" + id + "/photos/x", nil, "blob_id"},
	} {
		t.Run(fmt.Sprintf("%s %s %v", c.method, c.path, c.body), func(t *testing.T) {
			a, err := c.who.try(c.method, c.path, c.body)
			if err != nil || a.status != http.StatusBadRequest || a.text(t, "errors", 0, "field") != c.field {
				t.Errorf("got %d %v, %v, want field %s", a.status, a.body, err, c.field)
			}
		})
	}
	for _, path := range []string{"/v1/ops/licences/12345/photo", "/v1/ops/issues/" + id + "/photos/" + id} {
		r.staff.want(http.StatusNotFound, http.MethodGet, path, nil)
	}
	r.staff.want(http.StatusNotFound, http.MethodPost, "/v1/ops/issues/"+id+"/close", m{})
	rider.want(http.StatusNotFound, http.MethodPost, "/v1/trips/"+id+"/issues", issue(nil))
}
