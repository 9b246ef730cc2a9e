package architecture

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

const root = "../.."

func TestTheTree(t *testing.T) {
	graph, err := Load(root)
	if err != nil {
		t.Fatal(err)
	}
	if len(graph) == 0 {
		t.Fatal("no packages: the checks would see nothing")
	}
	t.Run("imports keep the rules", func(t *testing.T) {
		report(t, Imports(graph))
	})
	t.Run("every package says what it is for", func(t *testing.T) {
		report(t, Comments(graph))
	})
	t.Run("no file names a machine", func(t *testing.T) {
		found, err := Machines(root)
		if err != nil {
			t.Fatal(err)
		}
		report(t, found)
	})
}

func report(t *testing.T, violations []string) {
	t.Helper()
	for _, v := range violations {
		t.Error(v)
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":                        "module freecar\n",
		"trip/doc.go":                   "// Package trip rents cars.\npackage trip\n",
		"trip/trip.go":                  "//go:build plan9\n\npackage trip\n\nimport (\n\t\"context\"\n\tx \"os\"\n)\n",
		"trip/trip_test.go":             "package trip_test\n\nimport _ \"freecar/trip\"\n",
		"trip/testdata/broken.go":       "not Go\n",
		"internal/tools/server/go.mod":  "module server\n",
		"internal/tools/server/main.go": "package main\n",
		".cache/x.go":                   "package x\n",
		"data/x.go":                     "package x\n",
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	graph, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := []Package{{Path: "freecar/trip", Files: []File{
		{Name: "doc.go", Commented: true},
		{Name: "trip.go", Imports: []string{"context", "os"}},
		{Name: "trip_test.go", Test: true, Imports: []string{"freecar/trip"}},
	}}}
	if !reflect.DeepEqual(graph, want) {
		t.Errorf("got  %+v\nwant %+v", graph, want)
	}
}
