package hostile

import (
	"fmt"
	"strings"
)

var oddMethods = []string{"TRACE", "OPTIONS", "PROPFIND", "get", "Post", "FOO", "PRI", "HEAD", "PATCH", "PUT", "POST", "SEARCH", "LOCK", strings.Repeat("M", 300), "M-SEARCH"}

// brokenPath goes to where nothing is, or by a way that is none. It writes nothing: either
// it reads, or who asks is nobody.
func (m *maker) brokenPath(r route) (Request, bool) {
	d := m.draft(r, Caller{}, "")
	path := d.path
	want := Want{Refused: true}
	request := func(what string) (Request, bool) {
		q := d.request(what, want)
		q.Alone = true
		return q, true
	}
	switch m.IntN(9) {
	case 0:
		d.method = pick(m, oddMethods...)
		if r.spec.Who.Public() { // nobody may be in, at another method of the path
			want = Want{}
		}
		if d.method == r.spec.Method {
			d.method = "FOO"
		}
		return request("an odd method")
	case 1:
		d.path = path + pick(m, "/", "/.", "/..", "//", ";x=1", "%00", "%2f", "%20", ".json", "/x/y/z", "%", "%zz", "%u0041")
		return request("a path that goes on")
	case 2:
		d.path = pick(m, "/", "//", "/.", "/..", "/../", "/./", "/%2e%2e/", "/v1/../", "/static/../..", "/v1/x/../..", "\\", "/\\..") + path
		return request("a path that climbs")
	case 3:
		d.path = strings.Replace(path, "/v1/", pick(m, "/V1/", "/v1//", "/v1%2f", "/v1/./", "/v2/", "/%76%31/../", "/v1/\u202e"), 1)
		if !strings.HasPrefix(path, "/v1/") {
			d.path = "/v9" + path
		}
		return request("a path written otherwise")
	case 4:
		d.path = pick(m, "/internal/v1/holds", "/internal/v1/first-admin", "/v1/../internal/v1/first-admin", "/internal%2fv1/holds", "/v1/%2e%2e/internal/v1/books/check",
			"/metrics", "/debug/pprof/", "/.env", "/etc/passwd", "/objects/../../data/keys", "/objects/..%2f..%2fkeys", "/objects/%2e%2e%2fkeys.json", "/admin", "/v1/", "/v1")
		return request("what is not for clients")
	case 5:
		d.path = path + "/" + strings.Repeat(pick(m, "a", "%41", "/a", "\u00e9"), 2_000+m.IntN(6_000))
		return request("a long path")
	case 6:
		name := pick(m, "q", "limit", strings.Repeat("q", 5_000))
		d.query = append(d.query, pair{name, strings.Repeat(pick(m, "a", "%00", "&a=", "%zz", ";"), 1_000+m.IntN(3_000))})
		if r.spec.Who.Public() {
			want = Want{}
		}
		return request("a long query")
	case 7:
		line := pick(m, "GET  / HTTP/1.1", "GET / HTTP/9.9", "GET /", "GET / HTTP/1.1 x", "G\x00T / HTTP/1.1", "GET \x00 HTTP/1.1", "GET / HTTP/1.x",
			"GET http://[::1 HTTP/1.1", "GET * HTTP/1.1", "OPTIONS * HTTP/1.1", "CONNECT evil:443 HTTP/1.1", " GET / HTTP/1.1", "GET v1/me HTTP/1.1", "PRI * HTTP/2.0", "\x16\x03\x01\x02\x00", "{}", "GET ?x HTTP/1.1")
		return Request{What: "a bad first line", Alone: true, Want: Want{Refused: true, Silence: true},
			Bytes: fmt.Appendf(nil, "%s\r\nHost: %s\r\n\r\n", line, m.g.world.Host)}, true
	default:
		d.method, d.path = "GET", pick(m, "http://evil.example", "https://x", "ftp://x", "http://")+path
		if r.spec.Who.Public() || r.spec.Method != "GET" {
			want = Want{}
		}
		return request("an absolute address")
	}
}
