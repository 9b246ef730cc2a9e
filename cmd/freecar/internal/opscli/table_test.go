package opscli

import (
	"strings"
	"testing"
	"time"

	"freecar/internal/wire"
)

type person struct {
	name, note string
	age        int
}

var personColumns = []column[person]{
	col("NAME", func(p person) string { return p.name }),
	figure("AGE", func(p person) string { return integer(p.age) }),
	col("NOTE", func(p person) string { return p.note }),
	detail("LENGTH", func(p person) string { return integer(len(p.note)) }),
}

func TestTable(t *testing.T) {
	people := []person{
		{"Ada", "first", 36},
		{"孙悟空", "", 1300}, // six columns wide in a terminal
		{"Zoë\x1b[31m", "a\nb\u202e", 7},
	}
	var b strings.Builder
	if err := writeTable(&b, personColumns, people, false); err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{
		"NAME       AGE  NOTE",
		"Ada         36  first",
		"孙悟空    1300  -",
		"Zoë\ufffd[31m     7  a\ufffdb\ufffd",
	}, "\n") + "\n"
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
	t.Run("a heading is bold for a person", func(t *testing.T) {
		var b strings.Builder
		if err := writeTable(&b, personColumns, nil, true); err != nil || b.String() != "\x1b[1mNAME  AGE  NOTE\x1b[0m\n" {
			t.Errorf("got %q, %v", b.String(), err)
		}
	})
}

func TestRecord(t *testing.T) {
	var b strings.Builder
	if err := writeRecord(&b, personColumns, person{"Ada", "two\nlines\x07", 36}); err != nil {
		t.Fatal(err)
	}
	want := "name    Ada\nage     36\nnote    two\n        lines\ufffd\nlength  10\n"
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestForms(t *testing.T) {
	number := func(x float64) *float64 { return &x }
	for got, want := range map[string]string{
		measure(number(49.96), 0, "%"):                                                             "50%",
		measure(number(20894.1), 1, " km"):                                                         "20894.1 km",
		measure(number(100), 1, " km"):                                                             "100 km",
		measure(nil, 0, "%") + "none":                                                              "none",
		amount(wire.Money{Amount: -105, Currency: "EUR"}):                                          "-1.05 EUR",
		place(&wire.Position{Latitude: 52.52, Longitude: -0.0001}):                                 "52.52000,-0.00010",
		when(wire.FromTime(time.Date(2026, 1, 31, 13, 45, 0, 999e6, time.FixedZone("CET", 3600)))): "2026-01-31 12:45:00Z",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
