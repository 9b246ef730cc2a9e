package user_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"freecar/gateway"
	"freecar/gateway/internal/adapter/user"
	"freecar/gateway/internal/adaptertest"
	"freecar/internal/auth"
	"freecar/internal/errs"
	"freecar/internal/kitx"
	"freecar/internal/obs"
	"freecar/internal/wire"
	"freecar/user/userapi"
)

// service is a user service that has a list and nothing else.
type service struct {
	mu     sync.Mutex
	list   []userapi.Revocation
	away   bool
	server *kitx.Server
}

func newService() *service {
	s := &service{server: kitx.NewServer(kitx.ServerConfig{Obs: obs.Discard().For(userapi.Name),
		Identify: func(*http.Request) (auth.Principal, error) { return auth.Principal{Service: "gateway"}, nil }})}
	userapi.Revocations.Mount(s.server, s.revocations)
	return s
}

// Do is a peer without a network.
func (s *service) Do(ctx context.Context, _ kitx.Spec, r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	recorder := httptest.NewRecorder()
	s.server.ServeHTTP(recorder, r.WithContext(ctx))
	return recorder.Result(), nil
}

func (s *service) revocations(_ context.Context, r userapi.RevocationsRequest) (userapi.RevocationList, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away {
		return userapi.RevocationList{}, errs.E(errs.Unavailable, "unavailable", "")
	}
	answer := userapi.RevocationList{Items: []userapi.Revocation{}, Next: int64(len(s.list))}
	if rest := s.list[min(int(r.After), len(s.list)):]; len(rest) > r.Limit {
		answer.Items, answer.Next, answer.More = rest[:r.Limit], r.After+int64(r.Limit), true
	} else {
		answer.Items = append(answer.Items, rest...)
	}
	return answer, nil
}

func (s *service) change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

func TestRevocations(t *testing.T) {
	adaptertest.RevocationFeed(t, func(*testing.T) (gateway.RevocationFeed, adaptertest.Revoker) {
		s := newService()
		return user.NewRevocations(s), adaptertest.Revoker{
			Add: func(more ...gateway.Revocation) {
				s.change(func() {
					for _, r := range more {
						s.list = append(s.list, userapi.Revocation{Subject: r.Subject, Session: r.Session, Before: r.Before,
							Spared: r.Spared, Until: wire.FromTime(r.Until)})
					}
				})
			},
			Restore: func(n int) { s.change(func() { s.list = s.list[:n] }) },
			Fail:    func(away bool) { s.change(func() { s.away = away }) },
		}
	})
}
