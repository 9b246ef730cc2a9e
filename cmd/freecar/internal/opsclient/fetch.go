package opsclient

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
)

// Fetch gets what is behind a signed address, which says by itself that it may be had:
// the session's token is not sent there. Errors: Timeout, also of reading it.
func (c *Client) Fetch(ctx context.Context, address string) (*http.Response, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("%q is no address", address)
	}
	resp, err := c.inTime(ctx, false, func(ctx context.Context) (*http.Request, error) {
		return http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	})
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		_ = resp.Body.Close()
		return nil, fmt.Errorf("%s answered %s", u.Host, resp.Status)
	}
	return resp, nil
}
