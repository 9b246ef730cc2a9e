package wechat_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/openzipkin/zipkin-go/reporter/recorder"
	"github.com/prometheus/client_golang/prometheus"

	"freecar/internal/errs"
	"freecar/internal/leaktest"
	"freecar/internal/obs"
	"freecar/user"
	"freecar/user/internal/adapter/wechat"
	"freecar/user/internal/adaptertest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

const appID, secret = "wx-app", "a-s3cret"

// fake is a server that speaks WeChat's protocol.
type fake struct {
	*httptest.Server
	mu     sync.Mutex
	codes  map[string]user.OpenID // "" for one that was used
	code   int                    // the errcode of all answers; 0 answers
	answer string                 // in the place of all answers
	status int
}

func newFake(t *testing.T) *fake {
	f := &fake{codes: map[string]user.OpenID{}, status: http.StatusOK}
	f.Server = httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(f.Close)
	return f
}

func (f *fake) serve(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	q := r.URL.Query()
	openID, known := f.codes[q.Get("js_code")]
	w.Header().Set("Content-Type", "text/plain")
	w.WriteHeader(f.status)
	switch {
	case f.answer != "":
		fmt.Fprint(w, f.answer)
	case f.code != 0:
		fmt.Fprintf(w, `{"errcode":%d,"errmsg":"said again: %s"}`, f.code, r.URL.RawQuery)
	case r.Method != http.MethodGet || r.URL.Path != "/sns/jscode2session" || q.Get("grant_type") != "authorization_code":
		fmt.Fprint(w, `{"errcode":40002,"errmsg":"invalid grant_type"}`)
	case q.Get("appid") != appID || q.Get("secret") != secret:
		fmt.Fprint(w, `{"errcode":40125,"errmsg":"invalid appsecret"}`)
	case !known:
		fmt.Fprint(w, `{"errcode":40029,"errmsg":"invalid code"}`)
	case openID == "":
		fmt.Fprint(w, `{"errcode":40163,"errmsg":"code been used"}`)
	default:
		f.codes[q.Get("js_code")] = ""
		fmt.Fprintf(w, `{"session_key":"k3y==","openid":%q,"unionid":"u"}`, openID)
	}
}

func (f *fake) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

func (f *fake) mini() adaptertest.Mini {
	n := 0
	return adaptertest.Mini{
		Code: func(id user.OpenID) string {
			n++
			code := fmt.Sprintf("c0de-%d", n)
			f.set(func() { f.codes[code] = id })
			return code
		},
		Busy: func(busy bool) { f.set(func() { f.code = map[bool]int{true: 45011}[busy] }) },
		Away: func(away bool) { f.set(func() { f.code = map[bool]int{true: -1}[away] }) },
	}
}

func connect(t *testing.T, f *fake, o obs.Obs) *wechat.Client {
	t.Helper()
	c := wechat.Config{BaseURL: f.URL, AppID: appID, Secret: secret, Obs: o}
	c.Tuning.MinCalls, c.Tuning.Pause = 1_000_000, time.Millisecond // no circuit opens by the way
	client, err := wechat.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func TestContract(t *testing.T) {
	adaptertest.WeChat(t, func(t *testing.T) (user.WeChat, adaptertest.Mini) {
		f := newFake(t)
		return connect(t, f, obs.Discard().For("user")), f.mini()
	})
}

func TestAnswers(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*fake)
		want   errs.Kind
	}{
		"a risky user":                {func(f *fake) { f.code = 40226 }, errs.Unauthenticated},
		"our secret is wrong":         {func(f *fake) { f.code = 40125 }, errs.Unavailable},
		"an errcode of its own":       {func(f *fake) { f.code = 99999 }, errs.Unavailable},
		"nobody":                      {func(f *fake) { f.answer = `{"session_key":"k"}` }, errs.Unavailable},
		"another form":                {func(f *fake) { f.answer = `<html>` }, errs.Unavailable},
		"another status":              {func(f *fake) { f.status = http.StatusForbidden }, errs.Unavailable},
		"trouble":                     {func(f *fake) { f.status = http.StatusBadGateway }, errs.Unavailable},
		"an openid of the wrong type": {func(f *fake) { f.answer = `{"openid":7}` }, errs.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			code := f.mini().Code("o-1")
			tc.change(f)
			if id, err := connect(t, f, obs.Discard().For("user")).Identify(t.Context(), code); errs.KindOf(err) != tc.want || id != "" {
				t.Errorf("got %q, %v", id, err)
			}
		})
	}
}

func TestConfig(t *testing.T) {
	for _, c := range []wechat.Config{{AppID: appID}, {Secret: secret}, {AppID: appID, Secret: secret, BaseURL: "http://api.example.com"}} {
		c.Obs = obs.Discard().For("user")
		if _, err := wechat.New(c); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("got %v", err)
		}
	}
}

// TestNothingLeaks looks at all that a call leaves behind.
func TestNothingLeaks(t *testing.T) {
	f := newFake(t)
	spans, metrics := recorder.NewReporter(), prometheus.NewRegistry()
	var lines bytes.Buffer
	c := connect(t, f, obs.NewPlatform(log.NewJSONLogger(&lines), metrics, spans, 1).For("user"))
	code := f.mini().Code("o-1")
	said := ""
	for _, errcode := range []int{0, 40029, -1, 45011} {
		f.set(func() { f.code = errcode })
		if _, err := c.Identify(t.Context(), code); err != nil {
			said += err.Error()
		}
	}
	f.CloseClientConnections()
	f.Close()
	if _, err := c.Identify(t.Context(), code); err == nil {
		t.Error("nobody is there")
	} else {
		said += err.Error()
	}
	finished := spans.Flush()
	if len(finished) == 0 {
		t.Error("no spans")
	}
	families, err := metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := said + lines.String() + fmt.Sprintf("%+v %v", finished, families)
	for _, private := range []string{secret, code, "k3y", "o-1"} {
		if strings.Contains(all, private) {
			t.Errorf("it says %q", private)
		}
	}
}
