package inproc_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
)

func TestStream(t *testing.T) {
	onEach(t, "what is flushed arrives before the handler ends", func(t *testing.T, x exchange) {
		next := make(chan struct{})
		resp := x.get(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			w.(http.Flusher).Flush() // the headers alone
			for i := range 3 {
				<-next
				_, _ = fmt.Fprintf(w, "data: %d\n", i)
				_ = http.NewResponseController(w).Flush()
			}
		})
		lines := bufio.NewReader(resp.Body)
		for i := range 3 {
			next <- struct{}{}
			if line, err := lines.ReadString('\n'); line != fmt.Sprintf("data: %d\n", i) {
				t.Errorf("got %q, %v", line, err)
			}
		}
		if _, err := lines.ReadByte(); err != io.EOF {
			t.Errorf("got %v", err)
		}
	})
	onEach(t, "a long answer waits for a slow reader and arrives in order", func(t *testing.T, x exchange) {
		const numbers = 20_000
		resp := x.get(func(w http.ResponseWriter, _ *http.Request) {
			for i := range numbers {
				_, _ = fmt.Fprintln(w, i)
			}
		})
		lines := bufio.NewScanner(iotest.OneByteReader(resp.Body))
		n := 0
		for ; lines.Scan(); n++ {
			if lines.Text() != fmt.Sprint(n) {
				t.Fatalf("line %d is %q", n, lines.Text())
			}
		}
		if n != numbers || lines.Err() != nil {
			t.Errorf("got %d lines, %v", n, lines.Err())
		}
	})
	onEach(t, "many at once do not mix", func(t *testing.T, x exchange) {
		client, base := x.serve(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Note", r.Header.Get("X-Note"))
			all, err := io.ReadAll(r.Body) // whole: net/http stops reading at the first write
			if err != nil {
				t.Error(err)
			}
			_, _ = w.Write(all)
		})
		var wg sync.WaitGroup
		for i := range 64 {
			wg.Go(func() {
				body := strings.Repeat(fmt.Sprint(i, " "), 1+i*i*5) // short ones and streamed ones
				r := x.request(http.MethodPost, base, strings.NewReader(body))
				r.Header.Set("X-Note", fmt.Sprint(i))
				resp, err := client.RoundTrip(r)
				if err != nil {
					t.Error(err)
					return
				}
				defer resp.Body.Close()
				got, err := io.ReadAll(resp.Body)
				if string(got) != body || err != nil || resp.Header.Get("X-Note") != fmt.Sprint(i) {
					t.Errorf("%d: got %d bytes, %v, %v", i, len(got), err, resp.Header)
				}
			})
		}
		wg.Wait()
	})
}
