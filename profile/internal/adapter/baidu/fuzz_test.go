package baidu_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"freecar/internal/clock"
	"freecar/internal/errs"
	"freecar/internal/obs"
	"freecar/profile"
	"freecar/profile/internal/adapter/baidu"
)

// FuzzAnswer has Baidu answer anything, about a token and about a photo. What comes of it
// is kept with the licence and shown to staff.
func FuzzAnswer(f *testing.F) {
	token := `{"access_token":"t","expires_in":2592000}`
	word := func(fields ...string) string {
		text := `{"words_result":{`
		for i := 0; i < len(fields); i += 2 {
			text += `"` + fields[i] + `":{"words":"` + fields[i+1] + `"},`
		}
		return strings.TrimSuffix(text, ",") + `}}`
	}
	for _, reading := range []string{word("证号", "B072RRE2I55", "姓名", "Ada", "出生日期", "19901210", "失效日期", "2040-01-31"), word("有效起始日期", "99990101", "有效期限", "99年"), word("有效期限", "6年", "有效起始日期", "20200229"),
		word("姓名", `\u001b[2J\n`+strings.Repeat("x", 3000)), word("出生日期", "00000101"), word("出生日期", "9999-12-31"), `{"error_code":110}`, `{"error_code":1e99}`, `{"words_result":null}`, `{"words_result":[]}`, ``, `{}`, "\xff"} {
		f.Add(200, token, reading)
	}
	f.Add(200, `{"access_token":"","expires_in":1}`, `{}`)
	f.Add(200, `{"access_token":"t","expires_in":9223372036854775807}`, `{}`)
	f.Add(200, `{"access_token":"\u001b&a=b#","expires_in":1}`, `{"error_code":111}`)
	f.Add(302, token, `{}`)
	f.Add(404, token, `{}`)
	var status int
	var first, second string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/oauth/") {
			_, _ = w.Write([]byte(first))
			return
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(second)) // not every status takes one
	}))
	f.Cleanup(server.Close)
	o := obs.Discard().For("profile")
	f.Fuzz(func(t *testing.T, code int, token, reading string) {
		status, first, second = 200+int(uint(code-200)%300), token, reading
		c := baidu.Config{BaseURL: server.URL, APIKey: apiKey, SecretKey: secretKey, Clock: clock.System{}, Obs: o}
		c.Tuning.MinCalls, c.Tuning.Pause = 1_000_000_000, time.Nanosecond
		reader, err := baidu.New(c)
		if err != nil {
			t.Fatal(err)
		}
		defer reader.Close()
		text, err := reader.Read(t.Context(), profile.Picture{ContentType: "image/png", Bytes: []byte("x")})
		if err != nil {
			said := err.Error()
			if kind := errs.KindOf(err); kind != errs.Unavailable && kind != errs.UnsupportedMedia || len(said) > 300 || strings.Contains(said, secretKey) {
				t.Errorf("%d %q %q: %v", status, token, reading, err)
			}
			return
		}
		for _, said := range []string{text.Number, text.FullName} {
			if utf8.RuneCountInString(said) > 200 || strings.ContainsFunc(said, unicode.IsControl) || !utf8.ValidString(said) {
				t.Errorf("%q was read", said)
			}
		}
		for _, day := range []profile.Date{text.BirthDate, text.ExpiresOn} {
			if again, ok := profile.ParseDate(day.String()); day != (profile.Date{}) && (!ok || again != day) {
				t.Errorf("%+v is written as %q and read as %+v", day, day, again)
			}
		}
	})
}
