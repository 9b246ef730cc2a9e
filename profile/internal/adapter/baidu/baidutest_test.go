package baidu_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/go-json-experiment/json"
)

// fake is a server that speaks Baidu's protocol.
type fake struct {
	*httptest.Server
	mu      sync.Mutex
	tokens  int             // given out
	reads   int             // asked for
	good    map[string]bool // tokens that it takes
	life    int             // of a token, in seconds
	code    int             // the error_code of all readings; 0 reads
	words   map[string]any
	picture string // the last one sent
	before  func(w http.ResponseWriter, r *http.Request) (done bool)
}

const apiKey, secretKey = "an-api-key", "a-s3cret-key"

func newFake(t *testing.T) *fake {
	f := &fake{good: map[string]bool{}, life: 2592000, words: map[string]any{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /oauth/2.0/token", f.token)
	mux.HandleFunc("POST /rest/2.0/ocr/v1/driving_license", f.read)
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		if f.before == nil || !f.before(w, r) {
			mux.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(f.Close)
	return f
}

func (f *fake) token(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	q := r.URL.Query()
	if q.Get("grant_type") != "client_credentials" || q.Get("client_id") != apiKey || q.Get("client_secret") != secretKey {
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"error":"invalid_client","error_description":"unknown client id"}`)
		return
	}
	f.tokens++
	name := fmt.Sprintf("token-%d", f.tokens)
	f.good[name] = true
	fmt.Fprintf(w, `{"access_token":%q,"expires_in":%d,"scope":"public"}`, name, f.life)
}

func (f *fake) read(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reads++
	picture, err := base64.StdEncoding.DecodeString(r.PostForm.Get("image"))
	switch {
	case !f.good[r.URL.Query().Get("access_token")]:
		fmt.Fprint(w, `{"error_code":110,"error_msg":"Access token invalid or no longer valid"}`)
	case err != nil || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded":
		fmt.Fprint(w, `{"error_code":216101,"error_msg":"not enough param"}`)
	case f.code != 0:
		fmt.Fprintf(w, `{"error_code":%d,"error_msg":"said again: %s"}`, f.code, r.URL.RawQuery)
	default:
		f.picture = string(picture)
		body, _ := json.Marshal(map[string]any{"log_id": 1, "words_result_num": len(f.words), "words_result": f.words})
		_, _ = w.Write(body)
	}
}

// revoke makes every token that was given out bad.
func (f *fake) revoke() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.good)
}

// counts are how many tokens and readings were asked for.
func (f *fake) counts() (tokens, reads int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.tokens, f.reads
}

// says sets what is on every picture: field, text, field, text, …
func (f *fake) says(fields ...string) {
	f.words = map[string]any{}
	for i := 0; i < len(fields); i += 2 {
		f.words[fields[i]] = map[string]any{"words": fields[i+1], "location": map[string]int{"left": 1}}
	}
}
