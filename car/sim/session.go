package sim

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"freecar/internal/kitx"
	"freecar/user/userapi"
)

// session is the proof of who the device is. One goroutine signs in while the others
// wait for it; after a failure nobody tries again for a while.
type session struct {
	credential userapi.SignInRequest

	mu      sync.Mutex
	token   string
	renewAt time.Time
	pause   pause
}

// get is a valid access token. During the pause after a failed sign-in it fails as that did.
func (s *session) get(ctx context.Context, p *platform) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := p.clock.Now()
	if s.token != "" && now.Before(s.renewAt) {
		return s.token, nil
	}
	if err := s.pause.reason(now); err != nil {
		return "", err
	}
	signedIn, err := call(ctx, outside{p}, userapi.SignIn, s.credential)
	if err != nil {
		err = fmt.Errorf("signing in: %w", err)
		if ctx.Err() == nil {
			s.pause.failed(now, err)
		}
		return "", err
	}
	s.pause.worked()
	s.token = signedIn.AccessToken
	s.renewAt = now.Add(time.Duration(signedIn.ExpiresIn) * time.Second * 9 / 10)
	return s.token, nil
}

// drop forgets a token that was refused, unless there is another one already.
func (s *session) drop(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token == token {
		s.token = ""
	}
}

// outside is the platform for who has no session yet.
type outside struct{ *platform }

func (o outside) Do(ctx context.Context, _ kitx.Spec, r *http.Request) (*http.Response, error) {
	return o.send(ctx, r, "")
}
