package hostile

import (
	"strconv"
	"strings"
)

// brokenHead sends what contradicts itself, lies or is huge in the head of a request. The
// request is refused anyway: who sends it has no right, or one of its fields is broken.
func (m *maker) brokenHead(r route) (Request, bool) {
	if len(r.others) == 0 {
		return Request{}, false
	}
	d := m.draft(r, pick(m, r.others...), "")
	refused := Want{Refused: true}
	alone := func(what string, w Want) (Request, bool) {
		request := d.request(what, w)
		request.Alone = true
		return request, true
	}
	add := func(name, value string) { d.header = append(d.header, pair{name, value}) }
	switch m.IntN(16) {
	case 0:
		d.length = strconv.Itoa(len(d.content()))
		add("Content-Length", strconv.Itoa(len(d.content())+1))
		return alone("two lengths", Want{Statuses: []int{400}})
	case 1:
		d.length = pick(m, "-1", "1e3", "0x10", "99999999999999999999", "+5", "5,5", "")
		if d.length == "" {
			add("Content-Length", "")
		}
		return alone("no length", Want{Refused: true})
	case 2:
		d.length = "10000000000"
		return alone("a length that is too large", Want{Refused: true})
	case 3:
		add("Transfer-Encoding", pick(m, "gzip", "identity", "chunked, chunked", "xchunked", "gzip, chunked", "chunked;q=1", "\x0bchunked"))
		return alone("an unknown transfer encoding", refused)
	case 4:
		add("Transfer-Encoding", "chunked")
		d.raw = pick(m, []byte("zz\r\n"), []byte("-1\r\n\r\n"), []byte("5\r\nab\r\n0\r\n\r\n"), []byte("ffffffffffffffffffff\r\n"), []byte("1\r\n\x00\r\n0\r\nX: y\r\n\r\n"))
		return alone("bad chunks", Want{Refused: true, Silence: true})
	case 5:
		add("Expect", pick(m, "100-continue", "200-ok", "100-continue, 100-continue", "x", strings.Repeat("1", 900)))
		return alone("an expectation", refused)
	case 6:
		for i := range 30 + m.IntN(30) {
			add("X-Long-"+strconv.Itoa(i), strings.Repeat("x", 1_500))
		}
		return alone("too large a head", Want{Statuses: []int{431}})
	case 7:
		add(strings.Repeat("X", 1+m.IntN(20_000)), "1")
		return alone("a long name", refused)
	case 8:
		d.header = append(d.header, pair{"X-Bad", pick(m, "a\x00b", "a\x01b", "a\x7fb", "a\rb")})
		return alone("a header with control characters", refused)
	case 9:
		d.header = append(d.header, pair{pick(m, "X Bad", "X\tBad", "", "X(Bad)", "Ключ", "X:Bad\x00"), "1"})
		return alone("a header without a name", refused)
	case 10:
		d.without("Host")
		if host := pick(m, "", "a b", "x\x00", "one", "[::1", "a/b"); host != "one" {
			add("Host", host)
		} else {
			add("Host", "one")
			add("Host", "two")
		}
		return alone("a bad host", refused)
	case 11:
		add("Connection", pick(m, "close", "Upgrade", "keep-alive, close", "Authorization", "Content-Length", strings.Repeat("x,", 500)))
		add("Upgrade", pick(m, "websocket", "h2c", "TLS/1.0", "x"))
		return alone("an upgrade", refused)
	default:
		for range 1 + m.IntN(4) {
			d.header = append(d.header, m.lie())
		}
		return d.request("lying headers", refused), true
	}
}

// lie is a header that claims something, or is of a form that nobody needs.
func (m *maker) lie() pair {
	id := strings.Repeat("0123456789abcdef", 2)
	return pick(m,
		pair{"traceparent", pick(m, "00-"+id+"-"+id[:16]+"-01", "ff-0-0-0", strings.Repeat("0", 3_000), "00-00000000000000000000000000000000-0000000000000000-00", "\xff")},
		pair{"tracestate", strings.Repeat("a=b,", 300)},
		pair{"b3", pick(m, "0", "1", "d", id+"-"+id[:16]+"-1", "x-y-z", "--", strings.Repeat("f", 4_000))},
		pair{"X-B3-TraceId", pick(m, "x", id, "", strings.Repeat("f", 500))},
		pair{"X-B3-Sampled", pick(m, "1", "true", "7", "")},
		pair{"X-Request-Id", pick(m, "\"", "a b", strings.Repeat("r", 65), "\\", "ok", "{\"a\":1}")},
		pair{"Freecar-Assertion", pick(m, "x", "1.eyJ9.x", strings.Repeat("A", 2_000))},
		pair{"Freecar-Deadline", pick(m, "1", "0", "-1", "99999999999999999999", "x")},
		pair{"X-Forwarded-For", pick(m, "127.0.0.1", "::1", "' OR 1=1", strings.Repeat("1.1.1.1,", 200))},
		pair{"Forwarded", "for=127.0.0.1;proto=https;host=evil"},
		pair{"X-HTTP-Method-Override", pick(m, "DELETE", "GET")},
		pair{"X-Original-URL", "/internal/v1/first-admin"},
		pair{"Range", pick(m, "bytes=0-", "bytes=5-1", "bytes=-9999999999999999999", "bytes=0-0,0-0,0-0", "lines=1-2", strings.Repeat("bytes=0-1,", 200))},
		pair{"If-Match", pick(m, "*", "\"", "\"1\"", "W/\"1\"", strings.Repeat("\"a\",", 200))},
		pair{"If-None-Match", pick(m, "*x", "\"", "W/", strings.Repeat("\"a\",", 500))},
		pair{"If-Modified-Since", pick(m, "yesterday", "Thu, 01 Jan 1970 00:00:00 GMT")},
		pair{"If-Range", "\"x\""},
		pair{"Idempotency-Key", pick(m, "k", "a b", strings.Repeat("k", 500), "\U0001F511")},
		pair{"Accept", pick(m, "text/html", "*/*;q=0", "application/json;q=x", strings.Repeat("a/b,", 500), "\xff")},
		pair{"Accept-Encoding", pick(m, "gzip", "identity;q=0", "*;q=0", "br")},
		pair{"Accept-Language", strings.Repeat("xx,", 300)},
		pair{"Cookie", strings.Repeat("a=b;", 500)},
		pair{"Origin", pick(m, "null", "https://evil.example", "file://")},
		pair{"Last-Event-ID", pick(m, "x", "-1", strings.Repeat("9", 300))},
		pair{"TE", pick(m, "trailers", "gzip;q=9")},
		pair{"Trailer", "Authorization"},
		pair{"Proxy-Authorization", "Basic eDp5"},
		pair{"Content-Language", "\xff\xfe"},
		pair{"Date", "never"},
	)
}

// oddRead is a right request to read something, with odd headers and cursors.
func (m *maker) oddRead(r route) (Request, bool) {
	c, ok := m.someone(r)
	if !ok || r.spec.Method != "GET" || r.spec.Stream && len(r.shape.Members) == 0 {
		return Request{}, false
	}
	d := m.draft(r, c, "")
	want := Want{}
	for _, f := range r.shape.Members {
		if f.Name == "cursor" && m.IntN(2) == 0 {
			d.query = append(dropPair(d.query, "cursor"), pair{"cursor", pick(m,
				"x", Nobody, strings.Repeat("z", 200), "%00", "-", "0-0", "1-1", "-1-1", "zzzzzzzzzzzzz-1", "9223372036854775807-7", "%F0%9F%9A%97", "null", "%2e%2e%2f", "1%27--")})
		}
	}
	for range 1 + m.IntN(3) {
		lie := m.lie()
		d.header = append(d.header, lie)
	}
	if m.IntN(6) == 0 && !r.spec.Stream {
		d.method = "HEAD"
	}
	return d.request("an odd read", want), true
}
