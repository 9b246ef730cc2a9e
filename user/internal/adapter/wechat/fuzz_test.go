package wechat_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"freecar/internal/errs"
	"freecar/internal/obs"
	"freecar/user/internal/adapter/wechat"
)

// FuzzAnswer has WeChat answer anything. An account is found by what comes of it, so that
// must be an openid and nothing else.
func FuzzAnswer(f *testing.F) {
	for _, text := range []string{`{"openid":"o6zAJs1-_ZfTqQ9gA5pA","session_key":"k"}`, `{"errcode":40029}`, `{"errcode":0,"openid":""}`, `{"openid":"a\nb"}`, `{"openid":"\u001b[2J"}`, `{"openid":" "}`, `{"openid":"é"}`,
		`{"openid":"` + strings.Repeat("o", 5000) + `"}`, `{"openid":"a","openid":"b"}`, `{"errcode":99999999999999999999}`, `{"errcode":"0","openid":"a"}`, `null`, ``, "\xef\xbb\xbf{}", `[{"openid":"a"}]`, `{"openid":"a"}{}`} {
		f.Add(200, text)
	}
	f.Add(403, `{"openid":"o6zAJs1"}`)
	f.Add(302, ``)
	var status int
	var answer string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(answer)) // not every status takes one
	}))
	f.Cleanup(server.Close)
	c := wechat.Config{BaseURL: server.URL, AppID: appID, Secret: secret, Obs: obs.Discard().For("user")}
	c.Tuning.MinCalls, c.Tuning.Pause = 1_000_000_000, time.Nanosecond
	client, err := wechat.New(c)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(client.Close)
	f.Fuzz(func(t *testing.T, code int, text string) {
		status, answer = 200+int(uint(code)%300), text
		if code == 200 {
			status = 200
		}
		id, err := client.Identify(t.Context(), "code")
		if err != nil {
			kind := errs.KindOf(err)
			said := err.Error()
			if id != "" || kind != errs.Unavailable && kind != errs.Unauthenticated && kind != errs.RateLimited || len(said) > 300 || strings.Contains(said, secret) {
				t.Errorf("%d %q: got %q, %v", status, text, id, err)
			}
			return
		}
		const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
		if status != 200 || id == "" || len(id) > 128 || strings.Trim(string(id), letters) != "" {
			t.Errorf("%d %q is the answer about %q", status, text, id)
		}
	})
}
