package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestHostileSocket is clients that send half of what they should, byte by byte, or all at
// once: each gets an answer or the end of its connection in time, and nobody is let wait
// behind them.
func TestHostileSocket(t *testing.T) {
	r := newRig(t, 1, 0)
	rider, _ := r.signUp()
	address := strings.TrimPrefix(r.base, "http://")
	head := "POST /v1/trips HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + rider.token + "\r\nContent-Type: application/json\r\n"
	for what, tc := range map[string]struct {
		send  string
		drip  string // and then this, a byte a second
		wants []int  // statuses that may come; 0 is the end without any
	}{
		"nothing":                  {"", "", []int{0}},
		"half a first line":        {"GET /v1/m", "", []int{0, 400}},
		"half a head":              {"GET /v1/me HTTP/1.1\r\nHost: x\r\nX-Half: ", "", []int{0, 400}},
		"a head byte by byte":      {"GET /v1/me HTTP/1.1\r\nX-Slow: ", strings.Repeat("x", 60), []int{0, 400}},
		"half a body":              {head + "Content-Length: 100\r\n\r\n{\"car_id\":", "", []int{400}},
		"a body byte by byte":      {head + "Content-Length: 100\r\n\r\n{", strings.Repeat(" ", 60), []int{400}},
		"half a chunk":             {head + "Transfer-Encoding: chunked\r\n\r\nff\r\n{", "", []int{400}},
		"a chunk without a length": {head + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", "", []int{400}},
		"null bytes":               {"\x00\x00\x00\x00\r\n\r\n", "", []int{400}},
		"many null bytes":          {strings.Repeat("\x00", 128<<10), "", []int{0, 400, 431}},
		"new lines":                {strings.Repeat("\r\n", 1000), "", []int{0, 400}},
		"a null byte in a header":  {"GET /v1/me HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n", "", []int{400}},
		"a second request hidden in the first": {head + "Content-Length: 6\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\nGET /v1/me HTTP/1.1\r\nHost: x\r\n\r\n",
			"", []int{400}},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			const longest = 90 * time.Second // a minute and more of waiting is within the platform's own deadlines
			_ = conn.SetDeadline(time.Now().Add(longest))
			if _, err := io.WriteString(conn, tc.send); err != nil {
				t.Fatal(err)
			}
			var dripping sync.WaitGroup
			stop := make(chan struct{})
			dripping.Go(func() {
				for i := range len(tc.drip) {
					select {
					case <-stop:
						return
					case <-time.After(time.Second):
						if _, err := io.WriteString(conn, tc.drip[i:i+1]); err != nil {
							return
						}
					}
				}
			})
			defer func() { close(stop); dripping.Wait() }()
			ended(t, conn, tc.wants)
		})
	}
	t.Run("requests sent ahead of their answers", func(t *testing.T) {
		const n = 200
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(90 * time.Second))
		var ahead sync.WaitGroup
		defer ahead.Wait()
		ahead.Go(func() {
			for i := range n {
				if _, err := fmt.Fprintf(conn, "GET /v1/me?%d HTTP/1.1\r\nHost: x\r\nX-Request-Id: ahead-%d\r\n\r\n", i, i); err != nil {
					return // its answer is missed below
				}
			}
		})
		in := bufio.NewReader(conn)
		for i := range n {
			resp, err := http.ReadResponse(in, nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, resp.Body); err != nil {
				t.Fatal(err)
			}
			if id := resp.Header.Get("X-Request-Id"); resp.StatusCode != http.StatusUnauthorized || id != fmt.Sprintf("ahead-%d", i) {
				t.Fatalf("answer %d is %d of %s", i, resp.StatusCode, id)
			}
		}
	})
}

// ended reads the one answer of a connection, if it gets any, and its end.
func ended(t *testing.T, conn net.Conn, wants []int) {
	t.Helper()
	in := bufio.NewReader(conn)
	resp, err := http.ReadResponse(in, nil)
	status, body := 0, []byte(nil)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		t.Fatal("the connection hangs")
	case err == nil:
		status = resp.StatusCode
		if body, err = io.ReadAll(resp.Body); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Contains(wants, status) {
		t.Fatalf("got %d %s, want one of %v", status, body, wants)
	}
	if status == 0 {
		return
	}
	var problem struct {
		Code    string
		TraceID string `json:"trace_id"`
	}
	if err := json.Unmarshal(body, &problem); err != nil || problem.Code == "" || problem.TraceID == "" {
		t.Errorf("got %d %s", status, body)
	}
	if rest, err := io.ReadAll(in); errors.Is(err, os.ErrDeadlineExceeded) || len(rest) > 0 {
		t.Errorf("after the answer came %q, %v", rest, err)
	}
}
