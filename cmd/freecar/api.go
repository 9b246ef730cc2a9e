package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"freecar/internal/errs"
	"freecar/internal/kitx"
	"freecar/user/userapi"
)

// publicAPI speaks to the gateway as any client does: typed routes over HTTP, in a session.
type publicAPI struct {
	base   *url.URL
	client *http.Client

	mu    sync.Mutex
	token string
}

var _ kitx.Peer = (*publicAPI)(nil)

func newPublicAPI(base string, client *http.Client) (*publicAPI, error) {
	u, err := url.Parse(base)
	if err != nil {
		return nil, err
	}
	if u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("%q is no http or https URL", base)
	}
	own := *client
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse } // a password would go along
	return &publicAPI{base: u.JoinPath("/"), client: &own}, nil                                       // what is joined to no path at all would be relative
}

// signIn begins a session.
func (a *publicAPI) signIn(ctx context.Context, credential userapi.SignInRequest) error {
	session, err := userapi.SignIn.Call(ctx, a, credential)
	if err != nil {
		return err
	}
	a.use(session.AccessToken)
	return nil
}

// signInOnceStarted begins a session as soon as the platform is there.
func (a *publicAPI) signInOnceStarted(ctx context.Context, credential userapi.SignInRequest, p startPatience) error {
	_, err := onceStarted(ctx, p, a.base.String(), func() (kitx.None, error) { return kitx.None{}, a.signIn(ctx, credential) })
	return err
}

func (a *publicAPI) use(token string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.token = token
}

func (a *publicAPI) session() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.token
}

// Do sends the request of a route.
func (a *publicAPI) Do(ctx context.Context, _ kitx.Spec, r *http.Request) (*http.Response, error) {
	request := r.Clone(ctx)
	request.URL = a.base.JoinPath(r.URL.EscapedPath())
	request.URL.RawQuery = r.URL.RawQuery
	if token := a.session(); token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	return a.client.Do(request)
}

// explained says of a refusal what the platform said to people.
func explained(err error) error {
	no, ok := errors.AsType[*errs.Error](err)
	if !ok || no.Detail == "" {
		return err
	}
	said := fmt.Sprintf("%s (%s)", strings.TrimRight(no.Detail, "."), no.Code)
	for _, f := range no.Fields {
		said += fmt.Sprintf("; %s: %s", f.Field, f.Detail)
	}
	return errors.New(said)
}
