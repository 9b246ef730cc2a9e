package opscli

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"

	"freecar/internal/auth"
	"freecar/internal/kitx"
)

// call is a request of the caller's own making.
type call struct{ method, path, body, key string }

// api is for what has no command of its own.
func (t *tool) api() *cobra.Command {
	var c call
	cmd := &cobra.Command{
		Use: "api <path>", Short: "Call any route of the API",
		Long: `Call any route of the API in your name and print what it answers. The session, retries and
errors are those of all commands; the routes are in the API's documentation.`,
		Example: `  freecar ops api "/v1/ops/cars?limit=1"
  freecar ops api /v1/ops/devices
  freecar ops api --method PATCH /v1/ops/cars/01a20612-203f-762b-8929-d9d2a7940edc --data '{"model":"VW ID.4"}'
  freecar ops api /v1/ops/pricing-plans --data - --idempotency-key plan-7 < plan.json`,
	}
	f := cmd.Flags()
	f.StringVarP(&c.method, "method", "X", "", "the HTTP method (default: GET, or POST with --data)")
	f.StringVarP(&c.body, "data", "d", "", "the `JSON` to send; - is stdin")
	f.StringVar(&c.key, "idempotency-key", "", "repeated under this `key`, it has one effect where the route takes one")
	return t.leaf(cmd, one, func(i *invocation, args []string) error {
		c.path = args[0]
		if c.body == "-" {
			raw, err := i.document("-")
			if err != nil {
				return err
			}
			c.body = string(raw)
		}
		return i.call(c)
	})
}

func (i *invocation) call(c call) error {
	route, request, err := c.request()
	if err != nil {
		return misuse(i.command, err)
	}
	resp, err := send(i, route, request)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	switch document := jsontext.Value(body); {
	case err != nil:
		return brokenOff(err)
	case len(body) == 0:
		return nil
	case document.IsValid():
		return i.printJSON(document)
	}
	_, err = i.out.Write(body)
	return err
}

// request makes the request, and the route that it goes by. Who may call it is for the
// gateway to say.
func (c call) request() (*kitx.Raw, *http.Request, error) {
	at, err := url.Parse(c.path)
	if err != nil || at.Host != "" || !strings.HasPrefix(at.Path, "/") || strings.HasPrefix(at.Path, "/internal/") {
		return nil, nil, errors.New("a path begins with /, as /v1/ops/cars does, and has no host")
	}
	method := strings.ToUpper(cmp.Or(c.method, http.MethodGet))
	if c.method == "" && c.body != "" {
		method = http.MethodPost
	}
	if !jsontext.Value(cmp.Or(c.body, "null")).IsValid() {
		return nil, nil, fmt.Errorf("--data is not well-formed JSON")
	}
	r := &http.Request{Method: method, URL: &url.URL{Path: at.Path, RawPath: at.RawPath, RawQuery: at.RawQuery}, Header: http.Header{}}
	if c.body != "" {
		r.Header.Set("Content-Type", "application/json")
		r.ContentLength = int64(len(c.body))
		r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader([]byte(c.body))), nil }
		r.Body, _ = r.GetBody()
	}
	if c.key != "" {
		if err := kitx.CheckKey(c.key); err != nil {
			return nil, nil, err
		}
		r.Header.Set(kitx.KeyHeader, c.key)
	}
	spec := kitx.Spec{Op: "api.Call", Method: method, Path: "/", Who: auth.Ops(auth.Staff)}
	return kitx.NewRaw(spec), r, nil
}
