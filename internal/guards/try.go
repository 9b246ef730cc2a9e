package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// missed says whether a test fails without the guard: first of the package's own tests,
// then of those beneath it.
func missed(ctx context.Context, g guard) (bool, error) {
	dir, err := os.MkdirTemp("", "guard-")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(dir)
	overlay, err := without(g, dir)
	if err != nil {
		return false, err
	}
	at := "./" + filepath.ToSlash(filepath.Dir(g.file))
	for _, packages := range []string{at, at + "/..."} {
		fails, err := testsFail(ctx, overlay, packages)
		if fails || err != nil {
			return fails, err
		}
	}
	return false, nil
}

// without writes an overlay of the build in which the guard never holds.
func without(g guard, dir string) (string, error) {
	source, err := os.ReadFile(g.file)
	if err != nil {
		return "", err
	}
	// What the condition uses stays in use, or it would not compile.
	changed := slices.Concat(source[:g.from], []byte("false && ("), source[g.from:g.to], []byte(")"), source[g.to:])
	replacement := filepath.Join(dir, filepath.Base(g.file))
	if err := os.WriteFile(replacement, changed, 0o600); err != nil {
		return "", err
	}
	original, err := filepath.Abs(g.file)
	if err != nil {
		return "", err
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {original: replacement}})
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "overlay.json")
	return path, os.WriteFile(path, overlay, 0o600)
}

func testsFail(ctx context.Context, overlay, packages string) (bool, error) {
	run := exec.CommandContext(ctx, "go", "test", "-overlay", overlay, "-count=1", "-short", "-failfast", "-vet=off", "-timeout=2m", packages)
	out, err := run.CombinedOutput()
	switch {
	case err == nil:
		return false, nil
	case ctx.Err() != nil:
		return false, ctx.Err()
	case bytes.Contains(out, []byte("[build failed]")) || bytes.Contains(out, []byte("[setup failed]")):
		return false, errors.New(string(out))
	}
	return true, nil
}
