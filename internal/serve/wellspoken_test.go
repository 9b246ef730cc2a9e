package serve_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestRefusalsAtTheSocket is what net/http refuses before any handler sees it: the answers
// are problem documents all the same.
func TestRefusalsAtTheSocket(t *testing.T) {
	p := newProcess(time.Minute)
	address, err := p.Serve("http", "127.0.0.1:0", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close")
		http.Error(w, "a plain text of the handler's", http.StatusTeapot)
	}))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	}()
	for what, tc := range map[string]struct {
		request string
		status  int
		code    string
	}{
		"no HTTP":                     {"hello\r\n\r\n", 400, "malformed_request"},
		"no host":                     {"GET / HTTP/1.1\r\n\r\n", 400, "malformed_request"},
		"two lengths":                 {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na", 400, "malformed_request"},
		"an unknown encoding":         {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 400, "malformed_request"},
		"another version":             {"GET / HTTP/3.0\r\nHost: x\r\n\r\n", 400, "malformed_request"},
		"an unknown expectation":      {"GET / HTTP/1.1\r\nHost: x\r\nExpect: tea\r\n\r\n", 417, "expectation_failed"},
		"too large a head":            {"GET / HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("x", 64<<10) + "\r\n\r\n", 431, "head_too_large"},
		"a handler's plain text":      {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", 418, ""},
		"options of no address":       {"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", 418, ""},
		"what was there before HTTP1": {"GET /\r\n\r\n", 400, "malformed_request"},
	} {
		t.Run(what, func(t *testing.T) {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
			if _, err := io.WriteString(conn, tc.request); err != nil {
				t.Fatal(err)
			}
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if err != nil || resp.StatusCode != tc.status {
				t.Fatalf("got %d %s, %v; want %d", resp.StatusCode, body, err, tc.status)
			}
			if tc.code == "" {
				if !strings.HasPrefix(string(body), "a plain text") {
					t.Errorf("got %s", body)
				}
				return
			}
			var problem struct {
				Status        int
				Code, Title   string
				Detail, Trace string
				TraceID       string `json:"trace_id"`
			}
			if err := json.Unmarshal(body, &problem); err != nil || resp.Header.Get("Content-Type") != "application/problem+json" {
				t.Fatalf("got %v %s, %v", resp.Header, body, err)
			}
			if problem.Code != tc.code || problem.Status != tc.status || len(problem.TraceID) != 32 || problem.Title == "" || problem.Detail == "" {
				t.Errorf("got %s", body)
			}
			if !resp.Close {
				t.Error("the connection stays")
			}
		})
	}
}

// TestAnswersThatLookLikeRefusals: a body is its handler's, whatever it begins with; and the
// connection's next request is refused in our words all the same.
func TestAnswersThatLookLikeRefusals(t *testing.T) {
	for what, begin := range map[string]string{
		"by its status": "HTTP/1.1 417 Expectation Failed\r\n",
		"by its head":   "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n400 Bad Request",
	} {
		t.Run(what, func(t *testing.T) {
			text := begin + strings.Repeat("x", 64<<10) // more than net/http keeps back: it is written as one piece
			p := newProcess(time.Minute)
			address, err := p.Serve("http", "127.0.0.1:0", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Length", strconv.Itoa(len(text)))
				_ = http.NewResponseController(w).Flush()
				_, _ = io.WriteString(w, text)
			}))
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := p.Stop(); err != nil {
					t.Error(err)
				}
			}()
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
			answers := bufio.NewReader(conn)
			for _, request := range []string{"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "hello\r\n\r\n"} {
				if _, err := io.WriteString(conn, request); err != nil {
					t.Fatal(err)
				}
				resp, err := http.ReadResponse(answers, nil)
				if err != nil {
					t.Fatal(err)
				}
				body, err := io.ReadAll(resp.Body)
				_ = resp.Body.Close()
				if err != nil {
					t.Fatal(err)
				}
				if request[0] == 'h' {
					if resp.StatusCode != 400 || !strings.Contains(string(body), `"malformed_request"`) {
						t.Errorf("got %d %.100q", resp.StatusCode, body)
					}
				} else if resp.StatusCode != 200 || string(body) != text {
					t.Fatalf("got %d %.100q", resp.StatusCode, body)
				}
			}
		})
	}
}
