package outward

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"

	"freecar/internal/errs"
	"freecar/internal/kitx"
)

// settle turns an answer that nobody can work with into an error.
func (c *Client) settle(resp *http.Response) error {
	switch status := resp.StatusCode; {
	case status == http.StatusTooManyRequests, status >= http.StatusInternalServerError:
		refused := c.unavailable(fmt.Errorf("outward: status %d", status))
		return refused.After(max(refused.RetryAfter, kitx.RetryAfter(resp.Header)))
	case status < http.StatusOK, status >= http.StatusMultipleChoices && status < http.StatusBadRequest:
		return c.unavailable(fmt.Errorf("outward: status %d is not followed", status))
	}
	return nil
}

func (c *Client) unavailable(cause error) *errs.Error {
	return errs.E(errs.Unavailable, "unavailable", "Another company's service is not there just now; try again shortly.").
		After(time.Second).Because(fmt.Errorf("%s: %w", c.config.Callee, cause))
}

// JSON reads the body into v, a pointer. Members that v does not have are left out: what
// others add to their answers is theirs. Errors: Unavailable, which holds nothing of the
// body.
func (a Answer) JSON(v any) error {
	if err := json.Unmarshal(a.Body, v); err != nil {
		return errs.E(errs.Unavailable, "unavailable", "Another company's service gave an answer that we do not understand.").
			Because(errors.New("outward: an answer of another form"))
	}
	return nil
}
