package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-kit/log/level"

	"freecar/internal/ids"
)

// noted is a test that takes note of what it fails with.
type noted struct {
	testing.TB
	said []string
}

// Errorf takes note.
func (c *noted) Errorf(format string, args ...any) {
	c.said = append(c.said, fmt.Sprintf(format, args...))
}

// TestShownSecretsFail is the guard's own: whatever shows a secret fails its test, and the
// failure does not show it again.
func TestShownSecretsFail(t *testing.T) {
	r := newRig(t, 1, 0)
	rider, _ := r.rider(r.staff)
	email, word := fmt.Sprintf("somebody-%s@example.com", ids.Random{}.New()), "a pass word that is long"
	session := r.want(http.StatusCreated, http.MethodPost, "/v1/accounts", m{"email": email, "password": word, "name": "Grace Brewster Hopper"})
	number := "L0CENCE" + ids.Random{}.New()[:8]
	rider.want(http.StatusOK, http.MethodPut, "/v1/me/licence",
		m{"number": number, "full_name": "Grace Murray Hopper", "birth_date": "1906-12-09", "expires_on": "2040-01-31", "country": "US"})
	r.want(http.StatusBadRequest, http.MethodPost, "/v1/accounts", m{"email": "no address at all", "password": "another word, refused", "name": "X"})
	rememberKeys(r.platform.keys)
	for what, secret := range map[string]string{
		"an e-mail address": email, "a password": word, "a name": "Grace Brewster Hopper",
		"an access token": session.text(t, "session", "access_token"), "a refresh token": session.text(t, "session", "refresh_token"),
		"a licence's number": number, "a holder's name": "Grace Murray Hopper", "a date of birth": "1906-12-09",
		"what was refused": "another word, refused",
	} {
		t.Run(what, func(t *testing.T) {
			failing := &noted{TB: t}
			s := newShown(failing)
			logger := s.platform().For("trip").Logger
			_ = level.Warn(logger).Log("msg", "no secret here", "request_id", ids.Random{}.New())
			if s.check(); len(failing.said) > 0 {
				t.Fatalf("without a secret: %q", failing.said)
			}
			_ = level.Warn(logger).Log("msg", "oops", "err", errors.New("cannot write "+secret))
			s.check()
			if len(failing.said) != 1 || strings.Contains(failing.said[0], secret) {
				t.Errorf("the log: got %q", failing.said)
			}
			span, _ := s.platform().For("trip").Tracer.StartSpanFromContext(context.Background(), "trip.Start")
			span.Tag("query", secret)
			span.Finish()
			if s.check(); len(failing.said) != 2 {
				t.Errorf("a span: got %q", failing.said)
			}
			own := s.platform()
			own.For("trip").Metrics.Ejected.WithLabelValues("trip", secret).Inc()
			s.metrics(own.Registry)
			if s.check(); len(failing.said) != 3 {
				t.Errorf("a metric: got %q", failing.said)
			}
			s.stderr("panic: " + secret + "\n\ngoroutine 1 [running]:\n")
			if s.check(); len(failing.said) != 4 {
				t.Errorf("stderr: got %q", failing.said)
			}
		})
	}
	t.Run("what looks like one, whoever made it", func(t *testing.T) {
		for _, line := range []string{
			`{"err":"Get \"http://10.0.0.1/objects/1?expires=1&signature=abcdefgh12345\": EOF"}`, `{"token":"v4.public.eyJzdWIiOiIx"}`,
			`{"header":"Bearer abcdefghijklmnopqrstuv"}`, `{"to":"ada@example.org"}`, `{"to":"+4915112345678"}`,
			`{"body":"{\"latitude\":52.52}"}`, `{"args":"--admin-password=hunter2"}`,
		} {
			if found, redacted := made.in([]byte(line)); len(found) == 0 || redacted == line {
				t.Errorf("not found in %s", line)
			}
		}
	})
	t.Run("what only looks a little like one", func(t *testing.T) {
		code := newSecrets()
		code.add("a code", "123456")
		for _, line := range []string{
			`{"id":"01a20d9e-2a91-73b6-9534-123456123456","took_ms":1234567.1}`, `{"err":"password: required"}`, `{"n":0.123456}`,
		} {
			if found, _ := code.in([]byte(line)); len(found) > 0 {
				t.Errorf("found %v in %s", found, line)
			}
		}
		if found, _ := code.in([]byte(`{"code":"123456"}`)); len(found) != 1 {
			t.Errorf("the code: found %v", found)
		}
	})
}

func TestCommandLineWithoutSecrets(t *testing.T) {
	got := withoutSecrets([]string{"freecar", "dev", "--admin-password", "hunter2", "--wechat-secret=abc", "--admin-password-file", "/run/p", "--demo-cars", "3", "--device-secret"})
	want := []string{"freecar", "dev", "--admin-password", "…", "--wechat-secret=…", "--admin-password-file", "/run/p", "--demo-cars", "3", "--device-secret"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

// TestNothingLiesOpen is a process on a machine that others use, too: what it keeps is its
// owner's alone, and the operators' pages show no secret, not even one of the command line.
func TestNothingLiesOpen(t *testing.T) {
	const password = "a passphrase on a command line"
	made.add("a password", password)
	data := t.TempDir()
	p := run(t, data, "--demo-cars", "1", "--admin-password", password)
	rider, _ := p.rider(p.as(p.want(http.StatusCreated, http.MethodPost, "/v1/sessions", m{"email": defaultAdmin, "password": password}).text(t, "access_token")))
	upload := rider.want(http.StatusCreated, http.MethodPost, "/v1/me/avatar", photoOf(100))
	request, err := http.NewRequest(http.MethodPut, upload.text(t, "upload", "url"), bytes.NewReader(png(100)))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "image/png")
	if resp, err := rider.http.Do(request); err != nil || resp.Body.Close() != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("the upload: %v, %v", resp, err)
	}
	for _, page := range []string{"/metrics", "/debug/pprof/cmdline", "/debug/pprof/goroutine?debug=2", "/healthz"} {
		p.proc.shown.say(strings.ReplaceAll(p.page(t, page), "\x00", " "))
	}
	if err := filepath.WalkDir(data, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err == nil && path != data && info.Mode().Perm()&0o077 != 0 && !info.IsDir() {
			t.Errorf("%s may be opened by others: %v", path, info.Mode())
		}
		return err
	}); err != nil {
		t.Error(err)
	}
	if err := p.shutDown(); err != nil {
		t.Error(err)
	}
}
