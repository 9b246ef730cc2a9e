package user_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"freecar/internal/errs"
	"freecar/internal/money"
	"freecar/user"
)

// bad are the fields that an error names, with their codes.
func bad(err error) []string {
	var fields []string
	if e, ok := errors.AsType[*errs.Error](err); ok && e.Kind == errs.Invalid {
		for _, f := range e.Fields {
			fields = append(fields, f.Field+" "+f.Code)
		}
	}
	return fields
}

func TestParsePerson(t *testing.T) {
	t.Run("there is one form of an address and of a name", func(t *testing.T) {
		for in, want := range map[string]user.Email{
			"ADA@Example.ORG":           "ada@example.org",
			"zo\u0065\u0308@example.fr": "zo\u00eb@example.fr",
			"ZO\u00cb@EXAMPLE.FR":       "zo\u00eb@example.fr",
			"a+b.c@sub.example.org":     "a+b.c@sub.example.org",
		} {
			p, err := user.ParsePerson(in, "+4930123456", "  Zoe\u0308 ")
			if err != nil || p.Email != want || p.Phone != "+4930123456" || p.Name != "Zo\u00eb" {
				t.Errorf("%q: got %+v, %v", in, p, err)
			}
		}
	})
	t.Run("every bad field is named at once", func(t *testing.T) {
		for name, tc := range map[string]struct {
			email, phone, name string
			want               []string
		}{
			"nothing":                {"", "", "", []string{"email required", "name required"}},
			"nonsense":               {"x", "y", "\x00", []string{"email invalid", "phone invalid", "name invalid"}},
			"only spaces":            {"a@b.cd", "", "   ", []string{"name required"}},
			"a name too long":        {"a@b.cd", "", strings.Repeat("é", 101), []string{"name too_long"}},
			"an address too long":    {strings.Repeat("a", 60) + "@" + strings.Repeat("b.", 120) + "cd", "", "A", []string{"email invalid"}},
			"a phone without a plus": {"", "4930123456", "A", []string{"phone invalid"}},
			"a phone too long":       {"", "+4930123456789012", "A", []string{"phone invalid"}},
			"other digits":           {"", "+49301234\u0665\u0666", "A", []string{"phone invalid"}},
			"a line break":           {"a@b.cd\n", "", "A\nB", []string{"email invalid", "name invalid"}},
			"two ats":                {"a@b@c.de", "", "A", []string{"email invalid"}},
			"no domain":              {"a@localhost", "", "A", []string{"email invalid"}},
			"dots":                   {"a@b..cd", "", "A", []string{"email invalid"}},
			"an invisible character": {"a\u200b@b.cd", "", "A", []string{"email invalid"}},
		} {
			if _, err := user.ParsePerson(tc.email, tc.phone, tc.name); !slices.Equal(bad(err), tc.want) {
				t.Errorf("%s: got %v, want %q", name, err, tc.want)
			}
		}
	})
	t.Run("a hundred characters are a name, whatever their bytes", func(t *testing.T) {
		if _, err := user.ParsePerson("a@b.cd", "", strings.Repeat("名", 100)); err != nil {
			t.Error(err)
		}
	})
}

func TestParsePassword(t *testing.T) {
	for password, want := range map[string][]string{
		"1234567":                nil,
		"12345678":               {},
		"пароль78":               {},
		strings.Repeat("é", 128): {},
		strings.Repeat("x", 129): nil,
		"":                       nil,
	} {
		_, err := user.ParsePassword(password)
		if ok := want != nil; ok != (err == nil) || !ok && !strings.HasPrefix(strings.Join(bad(err), ""), "password too_") {
			t.Errorf("%q: got %v", password, err)
		}
	}
	a, _ := user.ParsePassword("pa\u0073\u0073wo\u0308rd")
	if b, _ := user.ParsePassword("passw\u00f6rd"); a != b {
		t.Errorf("%q and %q look the same and are not", a, b)
	}
}

func TestNewTopUp(t *testing.T) {
	for name, tc := range map[string]struct {
		amount money.Money
		want   []string
	}{
		"the least":        {money.Of(100), nil},
		"the most":         {money.Of(100_000), nil},
		"too little":       {money.Of(99), []string{"amount.amount too_small"}},
		"nothing":          {money.Of(0), []string{"amount.amount too_small"}},
		"below nothing":    {money.Of(-500), []string{"amount.amount too_small"}},
		"too much":         {money.Of(100_001), []string{"amount.amount too_large"}},
		"another currency": {money.Money{Amount: 500, Currency: "USD"}, []string{"amount.currency unsupported"}},
		"no currency":      {money.Money{Amount: 500}, []string{"amount.currency unsupported"}},
	} {
		if _, _, err := user.NewTopUp("t", "1", tc.amount, noon); !slices.Equal(bad(err), tc.want) {
			t.Errorf("%s: got %v, want %q", name, err, tc.want)
		}
	}
}
