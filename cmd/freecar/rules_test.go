package main

import (
	"fmt"
	"slices"
	"testing"

	"freecar/internal/auth"
	"freecar/internal/auth/keys"
	"freecar/internal/clock"
	"freecar/internal/inproc"
	"freecar/internal/kitx"
	"freecar/internal/obs"
	"freecar/internal/serve"
)

// TestEveryFieldHasItsRule walks the requests of all operations, public and internal: none
// has a field that takes whatever comes.
func TestEveryFieldHasItsRule(t *testing.T) {
	walked := map[string]bool{}
	for _, spec := range declared(t) { // the gateway comes last, with what its services have
		if walked[spec.Op] {
			continue
		}
		walked[spec.Op] = true
		t.Run(spec.Op, func(t *testing.T) {
			for _, m := range spec.Shape().Members {
				for _, lack := range unbounded(m, "") {
					t.Error(lack)
				}
			}
		})
	}
	for op := range access {
		if !walked[op] {
			t.Errorf("%s was not walked", op)
		}
	}
	if len(walked) <= len(access) {
		t.Error("there are no internal operations")
	}
}

// declared are the operations of the gateway and of every service.
func declared(t *testing.T) (specs []kitx.Spec) {
	t.Helper()
	r := newRigProcess(t)
	health := &serve.Health{}
	p, err := openPlatform(t.Context(), platformOptions{DataDir: t.TempDir(), PublicURL: "http://127.0.0.1:1", Instances: 1,
		Keys: keys.New(), Obs: obs.Discard(), Clock: clock.System{}, Health: health}, r.process)
	if err != nil {
		t.Fatal(err)
	}
	p.transport, p.instances = inproc.NewNetwork(), p.fixed
	for _, k := range kinds {
		s, err := k.wire(p, t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		lists, ok := s.Handler().(interface{ Specs() []kitx.Spec })
		if !ok {
			t.Fatalf("%s does not say which operations it has", k.name)
		}
		specs = append(specs, lists.Specs()...)
	}
	return specs
}

// unbounded says what of a field has no bound, if anything.
func unbounded(m kitx.Member, at string) (lacks []string) {
	name := at + m.Name
	lack := func(what string) {
		lacks = append(lacks, fmt.Sprintf("%s, %s, has no %s: its rules are %v", name, m.Is, what, m.Rules))
	}
	has := func(names ...string) bool { _, ok := m.Rule(names...); return ok }
	if has("domain") {
		return nil
	}
	switch m.Is {
	case "string":
		closed := m.Form != "" || has("oneof", "uuid", "datetime", "iso3166_1_alpha2", "iso4217") || has("len") && has("number")
		if !closed && !has("max", "len") {
			lack("length")
		}
		if !closed && !has("text", "lines", "any", "number") {
			lack("rule for its characters")
		}
	case "integer", "number":
		if !has("min", "gte", "gt", "oneof") || !has("max", "lte", "lt", "oneof") {
			lack("bounds")
		}
	case "array":
		if !has("max", "len") {
			lack("length")
		}
		lacks = append(lacks, unboundedEntry(*m.Entry, name)...)
		if m.Entry.Is == "object" && !m.Dived && !has("each") {
			lack("dive")
		}
	case "object":
		if m.Entry != nil {
			lack("shape")
		}
		for _, inner := range m.Members {
			lacks = append(lacks, unbounded(inner, name+".")...)
		}
	}
	return lacks
}

func unboundedEntry(m kitx.Member, list string) []string {
	m.Name = list + "[]"
	return unbounded(m, "")
}

// TestUnboundedIsFound guards the guard.
func TestUnboundedIsFound(t *testing.T) {
	type inner struct {
		Note string `json:"note" validate:"max=10"`
	}
	type request struct {
		Text   string   `json:"text" validate:"text"`
		Count  int      `json:"count" validate:"gte=0"`
		List   []string `json:"list" validate:"max=3"`
		Inner  *inner   `json:"inner"`
		Inners []inner  `json:"inners" validate:"max=3"`
		Good   string   `json:"good" validate:"max=3,text"`
	}
	route := kitx.NewRoute[request, kitx.None](kitx.Spec{Op: "test.Unbounded", Method: "POST", Path: "/v1/x", Who: auth.Anyone()})
	var found []string
	for _, m := range route.Spec().Shape().Members {
		for range unbounded(m, "") {
			found = append(found, m.Name)
		}
	}
	if want := []string{"text", "count", "list", "list", "inner", "inners", "inners"}; !slices.Equal(found, want) {
		t.Errorf("got %v, want %v", found, want)
	}
}
