package kitx_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"freecar/internal/auth"
	"freecar/internal/kitx"
)

type moment struct{ time.Time }

func (moment) Form() string { return "date-time" }

type shapePlace struct {
	Latitude float64 `json:"latitude" validate:"gte=-90,lte=90"`
}

type shapeRequest struct {
	kitx.Keyed
	shapePaging
	ID     string       `path:"id" json:"-" validate:"uuid"`
	Name   *string      `json:"name" validate:"omitnil,max=20,text"`
	Places []shapePlace `json:"places" validate:"min=1,max=3,dive"`
	At     *moment      `json:"at"`
	Tags   []string     `json:"tags" validate:"max=2,dive,oneof=a b"`
}

type shapePaging struct {
	Limit int `query:"limit" json:"-" default:"20" validate:"gte=1,lte=100"`
}

func TestShape(t *testing.T) {
	route := kitx.NewRoute[shapeRequest, kitx.None](kitx.Spec{Op: "test.Shape", Method: http.MethodPost, Path: "/v1/shapes/{id}", Who: auth.Anyone()})
	rule := func(text string) (rules []kitx.Rule) {
		for one := range strings.FieldsSeq(text) {
			name, param, _ := strings.Cut(one, ":")
			rules = append(rules, kitx.Rule{Name: name, Param: param})
		}
		return rules
	}
	want := kitx.Shape{Keyed: true, Members: []kitx.Member{
		{Name: "limit", In: "query", Is: "integer", Rules: rule("gte:1 lte:100"), Default: "20"},
		{Name: "id", In: "path", Is: "string", Rules: rule("uuid")},
		{Name: "name", In: "body", Is: "string", Optional: true, Rules: rule("omitnil max:20 text")},
		{Name: "places", In: "body", Is: "array", Rules: rule("min:1 max:3"), Dived: true, Entry: &kitx.Member{In: "body", Is: "object", Rules: rule(""),
			Members: []kitx.Member{{Name: "latitude", In: "body", Is: "number", Rules: rule("gte:-90 lte:90")}}}},
		{Name: "at", In: "body", Is: "string", Form: "date-time", Optional: true},
		{Name: "tags", In: "body", Is: "array", Rules: rule("max:2"), Dived: true, Entry: &kitx.Member{In: "body", Is: "string", Rules: []kitx.Rule{{Name: "oneof", Param: "a b"}}}},
	}}
	got := route.Spec().Shape()
	if text, wanted := dump(got.Members), dump(want.Members); text != wanted || !got.Keyed || got.ByHand {
		t.Errorf("got\n%s\nwant\n%s", text, wanted)
	}
	t.Run("a gateway that passes it on knows it, too", func(t *testing.T) {
		if passed := kitx.NewRaw(route.Spec()).Spec().Shape(); !reflect.DeepEqual(passed, got) {
			t.Errorf("got %+v", passed)
		}
	})
	t.Run("what is read by hand says so", func(t *testing.T) {
		raw := kitx.NewRaw(kitx.Spec{Op: "test.Raw", Method: http.MethodPut, Path: "/v1/raw", Who: auth.Anyone()})
		if s := raw.Spec().Shape(); !s.ByHand || len(s.Members) > 0 {
			t.Errorf("got %+v", s)
		}
	})
}

func dump(members []kitx.Member) string {
	var b strings.Builder
	for _, m := range members {
		fmt.Fprintf(&b, "%s %s %s %q %v default %q optional %v dived %v\n", m.Name, m.In, m.Is, m.Form, m.Rules, m.Default, m.Optional, m.Dived)
		b.WriteString(dump(m.Members))
		if m.Entry != nil {
			b.WriteString("  entry " + dump([]kitx.Member{*m.Entry}))
		}
	}
	return b.String()
}

// TestParams reads the parameters of an operation that reads its body by itself.
func TestParams(t *testing.T) {
	type list struct {
		DryRun bool    `query:"dry_run" json:"-"`
		Share  float64 `query:"share" json:"-" validate:"gte=0,lte=1"`
		Name   string  `query:"name" json:"-" validate:"max=9,text"`
	}
	route := kitx.NewParams[list](kitx.Spec{Op: "test.Params", Method: http.MethodPost, Path: "/v1/lists", Who: auth.Anyone()})
	r := newRig(t)
	var read list
	route.Mount(r.Server, func(w http.ResponseWriter, r *http.Request) (err error) {
		read, err = route.Read(r)
		return err
	})
	for query, want := range map[string]string{
		"?dry_run=true&share=0.5&name=ada": "",
		"?share=NaN":                       "share", "?share=Inf": "share", "?share=0x1p-2": "share", "?share=1_0e-2": "share", "?share=1e999": "share", "?share=": "share",
		"?share=2": "share", "?dry_run=1": "dry_run", "?dry_run=true&dry_run=true": "dry_run", "?x=1": "x", "?%zz": "query",
		"?name=a%00": "name", "?name=a%E2%80%AEb": "name", "?name=a%E2%80%A8b": "name", "?name=%FF": "name", "?name=0123456789": "name",
	} {
		w := httptest.NewRecorder()
		r.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/v1/lists"+query, nil))
		if named := strings.Contains(w.Body.String(), `"field":"`+want+`"`); want == "" && w.Code != http.StatusOK || want != "" && (w.Code != http.StatusBadRequest || !named) {
			t.Errorf("%s: got %d %s, want %q named", query, w.Code, w.Body, want)
		}
	}
	if read.DryRun {
		t.Errorf("read %+v last", read)
	}
}
