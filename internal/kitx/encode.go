package kitx

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
)

// encode writes a response. It encodes before it writes, so that a failure can still
// become an honest 500.
func (x *exchange) encode(ctx context.Context, w http.ResponseWriter, response any) error {
	if err := failure(response, nil); err != nil {
		x.encodeError(ctx, err, w)
		return nil
	}
	valued, ok := response.(interface{ Value() any })
	if !ok {
		return nil
	}
	switch value := valued.Value().(type) {
	case written:
		return nil
	case None:
		x.head(ctx, w)
		w.WriteHeader(x.status(ctx))
		return nil
	default:
		body, err := json.Marshal(value)
		if err != nil {
			return err // kit hands it to encodeError
		}
		x.write(ctx, w, body)
		return nil
	}
}

func (x *exchange) write(ctx context.Context, w http.ResponseWriter, body []byte) {
	x.head(ctx, w)
	h := w.Header()
	if x.spec.ETag {
		tag := entityTag(body)
		h.Set("ETag", tag)
		if matches(x.request.Header.Get("If-None-Match"), tag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(x.status(ctx))
	_, _ = w.Write(body) // the client may be gone
}

func (x *exchange) head(ctx context.Context, w http.ResponseWriter) {
	if w.Header().Get("Cache-Control") == "" {
		w.Header().Set("Cache-Control", "no-store")
		if x.spec.ETag {
			w.Header().Set("Cache-Control", "private, no-cache")
		}
	}
	if s := stateOf(ctx); s != nil {
		maps.Copy(w.Header(), s.header)
	}
}

func (x *exchange) status(ctx context.Context) int {
	if s := stateOf(ctx); s != nil && s.status != 0 {
		return s.status
	}
	return x.spec.Status
}

func (x *exchange) encodeError(ctx context.Context, err error, w http.ResponseWriter) {
	if !x.begun {
		WriteError(ctx, w, err)
	}
}

// entityTag is weak: equal content, not equal bytes (RFC 9110, section 8.8.1).
func entityTag(body []byte) string {
	sum := sha256.Sum256(body)
	return `W/"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
}

func matches(ifNoneMatch, tag string) bool {
	for candidate := range strings.SplitSeq(ifNoneMatch, ",") {
		if candidate = strings.TrimSpace(candidate); candidate == tag || candidate == "*" {
			return true
		}
	}
	return false
}
