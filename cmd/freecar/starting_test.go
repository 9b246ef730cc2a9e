package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"freecar/internal/auth/keys"
	"freecar/user/userapi"
)

// startsSlowly serves at an address after a while, and is ready another while later.
func startsSlowly(t *testing.T, h http.Handler) (address string) {
	t.Helper()
	address = vacant(t, 1)[0]
	done := make(chan struct{})
	d := &door{}
	server := &http.Server{Handler: d}
	go func() {
		defer close(done)
		<-time.After(300 * time.Millisecond) // nobody listens
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Error(err)
			return
		}
		time.AfterFunc(300*time.Millisecond, func() { d.open(h) }) // it is starting
		_ = server.Serve(l)
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-done
	})
	return address
}

func jsonAnswer(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// TestWaitingForAStart is a command whose platform is still starting.
func TestWaitingForAStart(t *testing.T) {
	signIn := func(t *testing.T, ctx context.Context, address string, within time.Duration) (said string, err error) {
		t.Helper()
		api, err := newPublicAPI("http://"+address, &http.Client{Transport: transport()})
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		err = api.signInOnceStarted(ctx, userapi.SignInRequest{DeviceID: "d", DeviceSecret: "s"}, startPatience{Within: within, tell: &out})
		return out.String(), err
	}
	session := jsonAnswer(http.StatusCreated, `{"access_token":"x","refresh_token":"y","expires_in":900}`)
	t.Run("the simulator waits, and says so once", func(t *testing.T) {
		said, err := signIn(t, t.Context(), startsSlowly(t, session), 30*time.Second)
		if err != nil || strings.Count(said, "\n") != 1 || !strings.Contains(said, "not there yet") {
			t.Errorf("got %v, said %q", err, said)
		}
	})
	t.Run("so does the command that makes the first admin", func(t *testing.T) {
		data := t.TempDir()
		if err := keys.Create(filepath.Join(data, "keys", "keys.json")); err != nil {
			t.Fatal(err)
		}
		var said strings.Builder
		c := config{AdminEmail: rigAdmin, DataDir: data, Patience: startPatience{Within: 30 * time.Second, tell: &said},
			Services: "user=" + startsSlowly(t, jsonAnswer(http.StatusOK, `{"exists":true}`))}
		err := createAdmin(t.Context(), c, func() (string, error) { return "", errors.New("it asks for a password") }, io.Discard)
		if !errors.Is(err, errAdminExists) || !strings.Contains(said.String(), "not there yet") {
			t.Errorf("got %v, said %q", err, said.String())
		}
	})
	t.Run("not for ever", func(t *testing.T) {
		begin := time.Now()
		_, err := signIn(t, t.Context(), vacant(t, 1)[0], 500*time.Millisecond)
		if took := time.Since(begin); err == nil || took < 500*time.Millisecond || took > 10*time.Second {
			t.Errorf("got %v after %v", err, took)
		}
	})
	t.Run("not when it shall not, nor for a refusal", func(t *testing.T) {
		if said, err := signIn(t, t.Context(), vacant(t, 1)[0], 0); err == nil || said != "" {
			t.Errorf("got %v, said %q", err, said)
		}
		refuses := startsSlowly(t, jsonAnswer(http.StatusUnauthorized, `{"status":401,"code":"bad_credentials"}`))
		if _, err := signIn(t, t.Context(), refuses, 30*time.Second); err == nil {
			t.Error("no error")
		}
		begin := time.Now()
		if said, err := signIn(t, t.Context(), refuses, 30*time.Second); err == nil || said != "" || time.Since(begin) > 10*time.Second {
			t.Errorf("got %v, said %q", err, said)
		}
	})
	t.Run("Ctrl-C ends it", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(100*time.Millisecond, cancel)
		begin := time.Now()
		if _, err := signIn(t, ctx, vacant(t, 1)[0], time.Minute); err == nil || time.Since(begin) > 20*time.Second {
			t.Errorf("got %v after %v", err, time.Since(begin))
		}
	})
	t.Run("both commands wait unless they are told otherwise", func(t *testing.T) {
		for name, flag := range map[string]string{
			"sim":   simCommand().Flags().Lookup("wait").DefValue,
			"admin": opsAdminCreateCommand().Flags().Lookup("wait").DefValue,
		} {
			if flag != "30s" {
				t.Errorf("%s: %s", name, flag)
			}
		}
	})
}
