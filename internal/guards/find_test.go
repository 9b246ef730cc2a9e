package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestFindIn(t *testing.T) {
	const source = `package p

func f(a, b bool, err error) error {
	if err != nil { // passed on
		return err
	}
	if a || b && a || err != nil {
		return nil
	}
	if b { // does something
		a = false
		return nil
	}
	if a {
		return nil
	} else {
		b = false
	}
	switch {
	case a, b:
		return nil
	case !a:
		b = true
	default:
		return nil
	}
	switch a {
	case b:
		return nil
	}
	func() error {
		if !b {
			return err
		}
		return nil
	}()
	return nil
}
`
	guards, err := findIn("p.go", []byte(source))
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, g := range guards {
		texts = append(texts, g.text)
		if source[g.from:g.to] != g.text || g.function != "f" {
			t.Errorf("%+v", g)
		}
	}
	if want := []string{"a", "b && a", "a", "b", "!b"}; !slices.Equal(texts, want) {
		t.Errorf("got %q, want %q", texts, want)
	}
}

// TestAccepted holds the list to the code: a guard that is gone is accepted no more.
func TestAccepted(t *testing.T) {
	if names := accepted("# why\ncar/car.go fit: c.Moving(p, now)\n\n"); len(names) != 1 || !names["car/car.go fit: c.Moving(p, now)"] {
		t.Errorf("got %v", names)
	}
	t.Chdir("../..")
	for name := range accepted(acceptedText) {
		file, _, _ := strings.Cut(name, " ")
		guards, err := find(filepath.Dir(file))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(guards, func(g guard) bool { return g.name() == name }) {
			t.Errorf("there is no guard %q any more", name)
		}
	}
}
