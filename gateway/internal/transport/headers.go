package transport

import (
	"net/http"
	"strings"
)

// Headers that concern one connection alone (RFC 9110, section 7.6.1). Expect is
// answered at the door.
var hopByHop = set("Connection", "Proxy-Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization",
	"Te", "Trailer", "Transfer-Encoding", "Upgrade", "Expect")

// What clients say of identity, route and trace is not passed on; nor is the access
// token, which has done its work.
var claimed = set("Authorization", "Forwarded", "Via", "X-Real-Ip", "B3", "Traceparent", "Tracestate", "X-Request-Id")

var claimedPrefixes = []string{"Freecar-", "X-B3-", "X-Forwarded-"}

func set(names ...string) map[string]bool {
	s := make(map[string]bool, len(names))
	for _, name := range names {
		s[name] = true
	}
	return s
}

// inbound are the headers of a client's request that a service gets. The peer adds its
// own: identity, deadline, trace and request id.
func inbound(from http.Header) http.Header {
	to := make(http.Header, len(from))
	for name, values := range from {
		if !hopByHop[name] && !claimed[name] && !claims(name) {
			to[name] = values
		}
	}
	removeNamed(to, from)
	return to
}

func claims(name string) bool {
	for _, prefix := range claimedPrefixes {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// outbound adds the headers of a service's answer to the client's. The request id is
// there already.
func outbound(to, from http.Header) {
	for name, values := range from {
		if !hopByHop[name] && name != "X-Request-Id" && !strings.HasPrefix(name, "Freecar-") {
			to[name] = values
		}
	}
	removeNamed(to, from)
}

// removeNamed removes what Connection declares to be of one connection.
func removeNamed(h, from http.Header) {
	for _, list := range from["Connection"] {
		for name := range strings.SplitSeq(list, ",") {
			h.Del(strings.TrimSpace(name))
		}
	}
}
