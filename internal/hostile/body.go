package hostile

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf16"
)

// brokenBody has a body that is no JSON, another kind of it, or too much of it.
func (m *maker) brokenBody(r route) (Request, bool) {
	c, ok := m.someone(r)
	if !ok || r.shape.ByHand {
		return Request{}, false
	}
	d := m.draft(r, c, "")
	if d.body == nil {
		d.header = append(d.header, pair{"Content-Type", "application/json"})
	}
	whole := d.content()
	if len(whole) == 0 {
		whole = []byte(`{}`)
	}
	want := Want{Statuses: []int{400, 415}}
	b := pick(m, brokenBodies...)
	if m.IntN(60) == 0 && r.spec.MaxBody <= 1<<17 {
		b = brokenForm{"too large a body", func(*maker, []byte) []byte { return bytes.Repeat([]byte(" "), int(r.spec.MaxBody)+1) }}
		want = Want{Statuses: []int{413}}
	}
	d.raw = b.of(m, whole)
	switch b.name {
	case "gzip":
		d.header = append(d.header, pair{"Content-Encoding", pick(m, "gzip", "deflate", "br", "gzip, gzip", "zstd")})
	case "another media type":
		d.header = append(dropPair(d.header, "Content-Type"), pair{"Content-Type", pick(m, oddMedia...)})
		want.Statuses = []int{415}
	}
	request := d.request(b.name, want)
	if m.IntN(8) == 0 { // the same in chunks
		d.length = "none"
		d.header = append(d.header, pair{"Transfer-Encoding", "chunked"})
		d.raw = chunked(m, d.raw)
		request = d.request(b.name+" in chunks", want)
	}
	return request, true
}

type brokenForm struct {
	name string
	of   func(m *maker, whole []byte) []byte
}

var oddMedia = []string{
	"text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonp",
	"application/json/x", ";;;", "application", "image/png", "\"application/json\"", "application/json; charset=\"", strings.Repeat("a", 500) + "/json",
}

func fixed(texts ...string) func(*maker, []byte) []byte {
	return func(m *maker, _ []byte) []byte { return []byte(pick(m, texts...)) }
}

var brokenBodies = []brokenForm{
	{"no JSON", fixed("x", "<a/>", "a=1&b=2", "{'a':1}", `{"a":undefined}`, "{a:1}", "// x", "\x00", "\x7f", "--boundary\r\n\r\n")},
	{"no number", fixed(`{"zzz":NaN}`, `{"zzz":Infinity}`, `{"zzz":-}`, `{"zzz":01}`, `{"zzz":.5}`, `{"zzz":1.}`, `{"zzz":0x1}`, `{"zzz":1e}`)},
	{"another JSON", fixed(`[]`, `"x"`, `1`, `true`, `-0`, `1e999`, `[{}]`)},
	{"cut", func(m *maker, whole []byte) []byte { return whole[:1+m.IntN(len(whole)-1)] }},
	{"something behind", func(m *maker, whole []byte) []byte {
		return append(whole, pick(m, "x", "{}", " {}", "\x00", "]", ",")...)
	}},
	{"something before", func(m *maker, whole []byte) []byte {
		return append([]byte(pick(m, "\ufeff", "\x00", ")]}',\n", "\xff\xfe", "\xef\xbb")), whole...)
	}},
	{"deep", func(m *maker, _ []byte) []byte {
		return []byte(strings.Repeat(pick(m, `[`, `{"a":`, `{"a":[`), 1_000+m.IntN(4_000)))
	}},
	{"deep and whole", func(m *maker, _ []byte) []byte {
		n := 5_000 + m.IntN(4_000)
		return []byte(`{"zzz":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `}`)
	}},
	{"no UTF-8", fixed("{\"zzz\":\"\xff\"}", "{\"zzz\":\"\xc0\xaf\"}", "{\"zzz\":\"\xed\xa0\x80\"}", "{\"\xfe\":1}", `{"zzz":"\ud800"}`, `{"zzz":"\udc00\ud800"}`)},
	{"UTF-16", func(m *maker, whole []byte) []byte {
		var b []byte
		if m.IntN(2) == 0 {
			b = append(b, 0xff, 0xfe)
		}
		for _, u := range utf16.Encode([]rune(string(whole))) {
			b = binary.LittleEndian.AppendUint16(b, u)
		}
		return b
	}},
	{"gzip", func(m *maker, _ []byte) []byte { return bomb() }},
	{"another media type", func(_ *maker, whole []byte) []byte { return whole }},
	{"many names", func(m *maker, _ []byte) []byte {
		var b strings.Builder
		for i := range 500 + m.IntN(1_500) {
			fmt.Fprintf(&b, `,"z%d":%d`, i, i)
		}
		return []byte("{" + b.String()[1:] + "}")
	}},
	{"names twice", func(*maker, []byte) []byte { return []byte(`{` + strings.Repeat(`"zzz":1,`, 50) + `"zzz":1}`) }},
	{"long texts", func(m *maker, _ []byte) []byte {
		return []byte(`{"` + strings.Repeat("z", 2_000+m.IntN(20_000)) + `":"` + strings.Repeat("é", 5_000) + `"}`)
	}},
}

// bomb is a few bytes that unpack to very many.
var bomb = func() func() []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	for range 64 {
		_, _ = w.Write(make([]byte, 64<<10)) // to memory
	}
	_ = w.Close()
	return func() []byte { return bytes.Clone(b.Bytes()) }
}()

// chunked is a body in chunks of different lengths.
func chunked(m *maker, body []byte) []byte {
	var b bytes.Buffer
	for len(body) > 0 {
		n := 1 + m.IntN(len(body))
		fmt.Fprintf(&b, "%x%s\r\n", n, pick(m, "", ";ext=1", ";x"))
		b.Write(body[:n])
		b.WriteString("\r\n")
		body = body[n:]
	}
	b.WriteString("0\r\n\r\n")
	return b.Bytes()
}
