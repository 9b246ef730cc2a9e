package baidu_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/openzipkin/zipkin-go/reporter/recorder"
	"github.com/prometheus/client_golang/prometheus"

	"freecar/internal/clock"
	"freecar/internal/errs"
	"freecar/internal/leaktest"
	"freecar/internal/obs"
	"freecar/internal/peer"
	"freecar/profile"
	"freecar/profile/internal/adapter/baidu"
	"freecar/profile/internal/adaptertest"
)

// Circuits live as long as the process.
func TestMain(m *testing.M) { leaktest.Main(m) }

var photo = profile.Picture{ContentType: "image/png", Bytes: []byte("pixels")}

func newReader(t *testing.T, f *fake, change ...func(*baidu.Config)) (*baidu.Reader, *clock.Manual) {
	t.Helper()
	c := clock.NewManual(time.Date(2030, 5, 1, 12, 0, 0, 0, time.UTC))
	config := baidu.Config{BaseURL: f.URL, APIKey: apiKey, SecretKey: secretKey, Clock: c, Obs: obs.Discard().For("profile"),
		Tuning: peer.Tuning{MinCalls: 1_000_000, Pause: time.Millisecond}}
	for _, set := range change {
		set(&config)
	}
	r, err := baidu.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r, c
}

func TestContract(t *testing.T) {
	adaptertest.Reader(t, func(t *testing.T) adaptertest.ReaderUnderTest {
		f := newFake(t)
		r, _ := newReader(t, f)
		return adaptertest.ReaderUnderTest{Reader: r,
			Shows: func(text profile.Text) {
				var words []string
				for field, s := range map[string]string{"证号": text.Number, "姓名": text.FullName,
					"出生日期": strings.ReplaceAll(text.BirthDate.String(), "-", ""), "失效日期": strings.ReplaceAll(text.ExpiresOn.String(), "-", "")} {
					words = append(words, field, s)
				}
				f.says(words...)
			},
			ShowsNothing: func() { f.code = 216630 },
			Cut:          f.Close,
		}
	})
}

func date(t *testing.T, s string) profile.Date {
	d, ok := profile.ParseDate(s)
	if !ok && s != "" {
		t.Fatalf("%q is no date", s)
	}
	return d
}

func TestDates(t *testing.T) {
	for name, c := range map[string]struct {
		words []string
		want  string
	}{
		"the unified form":       {[]string{"有效起始日期", "20200131", "失效日期", "20260131"}, "2026-01-31"},
		"the older form":         {[]string{"有效期限", "20200131", "至", "20300131"}, "2030-01-31"},
		"a number of years":      {[]string{"有效起始日期", "20200131", "有效期限", "6年"}, "2026-01-31"},
		"with dashes":            {[]string{"失效日期", "2026-01-31"}, "2026-01-31"},
		"for ever":               {[]string{"有效起始日期", "20200131", "失效日期", "长期"}, ""},
		"no day of the calendar": {[]string{"失效日期", "20260231"}, ""},
		"years without a start":  {[]string{"有效期限", "6年"}, ""},
		"nothing":                {nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			f.says(c.words...)
			r, _ := newReader(t, f)
			if got, err := r.Read(t.Context(), photo); err != nil || got.ExpiresOn != date(t, c.want) {
				t.Errorf("got %+v, %v, want %s", got, err, c.want)
			}
		})
	}
}

func TestReading(t *testing.T) {
	t.Run("the photo arrives as it is", func(t *testing.T) {
		f := newFake(t)
		r, _ := newReader(t, f)
		if _, err := r.Read(t.Context(), photo); err != nil || f.picture != string(photo.Bytes) {
			t.Errorf("got %q, %v", f.picture, err)
		}
	})
	t.Run("error codes are unreadable or away", func(t *testing.T) {
		for code, want := range map[int]errs.Kind{
			4: errs.Unavailable, 17: errs.Unavailable, 18: errs.Unavailable, 19: errs.Unavailable, 6: errs.Unavailable,
			216100: errs.Unavailable, 282000: errs.Unavailable,
			216200: errs.UnsupportedMedia, 216201: errs.UnsupportedMedia, 216202: errs.UnsupportedMedia, 216630: errs.UnsupportedMedia,
		} {
			f := newFake(t)
			f.code = code
			r, _ := newReader(t, f)
			_, err := r.Read(t.Context(), photo)
			if errs.KindOf(err) != want || !strings.Contains(err.Error(), fmt.Sprint(code)) {
				t.Errorf("%d: got %v", code, err)
			}
			if _, reads := f.counts(); reads != 1 {
				t.Errorf("%d: asked %d times", code, reads)
			}
		}
	})
	t.Run("a photo that is too large is not sent", func(t *testing.T) {
		f := newFake(t)
		r, _ := newReader(t, f)
		large := profile.Picture{ContentType: "image/png", Bytes: bytes.Repeat([]byte{0xfb}, 3<<20)}
		if _, err := r.Read(t.Context(), large); !errors.Is(err, profile.ErrUnreadable) {
			t.Errorf("got %v", err)
		}
		if tokens, reads := f.counts(); tokens+reads != 0 {
			t.Errorf("%d tokens, %d readings", tokens, reads)
		}
	})
	t.Run("an answer in another language is Unavailable", func(t *testing.T) {
		for _, path := range []string{"/oauth/2.0/token", "/rest/2.0/ocr/v1/driving_license"} {
			f := newFake(t)
			f.before = func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path == path {
					_, _ = io.WriteString(w, "<html>")
				}
				return r.URL.Path == path
			}
			r, _ := newReader(t, f)
			if _, err := r.Read(t.Context(), photo); errs.KindOf(err) != errs.Unavailable {
				t.Errorf("%s: got %v", path, err)
			}
		}
	})
	t.Run("a reading that breaks off is asked for again", func(t *testing.T) {
		f := newFake(t)
		broken := 0
		f.before = func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path == "/oauth/2.0/token" || broken == 2 {
				return false
			}
			broken++
			panic(http.ErrAbortHandler)
		}
		r, _ := newReader(t, f)
		if _, err := r.Read(t.Context(), photo); err != nil || broken != 2 {
			t.Errorf("got %v after %d", err, broken)
		}
	})
}

func TestToken(t *testing.T) {
	read := func(t *testing.T, r *baidu.Reader) {
		t.Helper()
		if _, err := r.Read(t.Context(), photo); err != nil {
			t.Fatal(err)
		}
	}
	expect := func(t *testing.T, f *fake, tokens int) {
		t.Helper()
		if got, _ := f.counts(); got != tokens {
			t.Errorf("asked for %d tokens, want %d", got, tokens)
		}
	}
	t.Run("it is kept until shortly before its end", func(t *testing.T) {
		f := newFake(t)
		f.life = 1000
		r, c := newReader(t, f)
		read(t, r)
		c.Advance(899 * time.Second)
		read(t, r)
		expect(t, f, 1)
		c.Advance(time.Second)
		read(t, r)
		expect(t, f, 2)
	})
	t.Run("one that is refused is replaced, once", func(t *testing.T) {
		f := newFake(t)
		r, _ := newReader(t, f)
		read(t, r)
		f.revoke()
		read(t, r)
		expect(t, f, 2)
		f.before = func(_ http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path != "/oauth/2.0/token" {
				f.revoke()
			}
			return false
		}
		if _, err := r.Read(t.Context(), photo); errs.KindOf(err) != errs.Unavailable {
			t.Errorf("got %v", err)
		}
		expect(t, f, 3)
	})
	t.Run("many that need one ask for it once", func(t *testing.T) {
		f := newFake(t)
		r, _ := newReader(t, f)
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				if _, err := r.Read(t.Context(), photo); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		expect(t, f, 1)
	})
	t.Run("wrong keys are Unavailable, and show nowhere", func(t *testing.T) {
		f := newFake(t)
		r, _ := newReader(t, f, func(c *baidu.Config) { c.SecretKey = "wr0ng" })
		_, err := r.Read(t.Context(), photo)
		if errs.KindOf(err) != errs.Unavailable || strings.Contains(err.Error(), "wr0ng") {
			t.Errorf("got %v", err)
		}
		expect(t, f, 0)
	})
}

// No key, token or word of a licence is in logs, spans, metrics or errors.
func TestSecrets(t *testing.T) {
	var lines bytes.Buffer
	registry, spans := prometheus.NewRegistry(), recorder.NewReporter()
	platform := obs.NewPlatform(log.NewJSONLogger(&lines), registry, spans, 1)
	for code := range map[int]bool{0: true, 17: true, 216630: true, 110: true} {
		f := newFake(t)
		f.code = code
		f.says("姓名", "Erika")
		r, _ := newReader(t, f, func(c *baidu.Config) { c.Obs = platform.For("profile") })
		_, err := r.Read(t.Context(), photo)
		f.Close()
		_, gone := r.Read(t.Context(), photo)
		fmt.Fprintln(&lines, err, gone)
	}
	families, _ := registry.Gather()
	fmt.Fprintln(&lines, spans.Flush(), families)
	for _, secret := range []string{apiKey, secretKey, "token-", "Erika", "pixels"} {
		if strings.Contains(lines.String(), secret) {
			t.Errorf("%q shows in %s", secret, lines.String())
		}
	}
}

func TestNew(t *testing.T) {
	for name, c := range map[string]baidu.Config{
		"no key":         {SecretKey: "s"},
		"no secret":      {APIKey: "k"},
		"not over https": {APIKey: "k", SecretKey: "s", BaseURL: "http://aip.example.com"},
	} {
		if _, err := baidu.New(c); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
