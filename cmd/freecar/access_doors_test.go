package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"freecar/internal/auth"
	"freecar/internal/auth/assertion"
	"freecar/internal/auth/keys"
	"freecar/internal/clock"
	"freecar/internal/ids"
	"freecar/internal/kitx"
)

// TestAccessDoors: an identity is taken from a token at the gateway, from an assertion at a
// service, and from nothing else.
func TestAccessDoors(t *testing.T) {
	t.Run("in one process", func(t *testing.T) { expectDoors(t, newRig(t, 1, 0)) })
	t.Run("in six", func(t *testing.T) {
		if testing.Short() {
			t.Skip("processes take longer")
		}
		expectDoors(t, newProcesses(t, 1, 0))
	})
}

func expectDoors(t *testing.T, r *rig) {
	set := r.keySet(t)
	rider, admin := r.person(), auth.Principal{Subject: r.staffID(t), Session: ids.Random{}.New(), Roles: auth.Admin}
	at := func(key []byte, now time.Time, service, audience string) string {
		text, err := assertion.NewAuthority(key, clock.NewManual(now)).Mint(admin, service, audience, "r")
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	t.Run("from outside nobody says who they are", func(t *testing.T) {
		for _, header := range [][2]string{
			{kitx.AssertionHeader, at(set.Assertion, time.Now(), gatewayName, "user")}, {"X-User-Id", admin.Subject}, {"X-Account-Id", admin.Subject},
			{"X-Roles", "admin"}, {"X-Forwarded-User", admin.Subject}, {"X-Forwarded-For", "127.0.0.1"}, {"X-Real-Ip", "127.0.0.1"}, {"Forwarded", "for=127.0.0.1"},
			{"X-Remote-User", "admin"}, {"X-Forwarded-Host", "user"}, {"X-B3-Traceid", "463ac35c9f6413ad"}, {"B3", "1"}, {"Traceparent", "00-1-1-01"},
			{"Freecar-Service", "ops"}, {"Freecar-Deadline", "1"}, {"Connection", kitx.AssertionHeader + ", Authorization"}, {"Via", "ops"},
		} {
			r.want(http.StatusUnauthorized, http.MethodGet, "/v1/me", nil, header[0], header[1])
			r.want(http.StatusNotFound, http.MethodGet, "/internal/v1/first-admin", nil, header[0], header[1])
			rider.want(http.StatusForbidden, http.MethodGet, "/v1/ops/accounts", nil, header[0], header[1])
			if me := rider.want(http.StatusOK, http.MethodGet, "/v1/me", nil, header[0], header[1]); me.text(t, "id") != rider.id {
				t.Errorf("%s made %s of the rider", header[0], me.text(t, "id"))
			}
		}
	})
	t.Run("inside, no proof is none, and a wrong one is refused everywhere", func(t *testing.T) {
		now := time.Now()
		for _, o := range declaredOps(t) {
			forged := map[string]string{
				"nonsense":      "x.y",
				"another key":   at(keys.New().Assertion, now, gatewayName, o.service),
				"the URLs' key": at(set.URL, now, gatewayName, o.service),
				"too old":       at(set.Assertion, now.Add(-assertion.Life-10*time.Second), gatewayName, o.service),
				"too early":     at(set.Assertion, now.Add(20*time.Second), gatewayName, o.service),
				"from nobody":   at(set.Assertion, now, "", o.service),
				"for another":   at(set.Assertion, now, gatewayName, map[bool]string{true: "car", false: "user"}[o.service == "user"]),
				"for none":      at(set.Assertion, now, gatewayName, ""),
			}
			for name, text := range forged {
				if status := r.inner(t, o, kitx.AssertionHeader, text); status != http.StatusUnauthorized {
					t.Errorf("%s, %s: got %d", o.op, name, status)
				}
			}
			for _, headers := range [][]string{nil, {"Authorization", "Bearer " + r.staff.token}, {"X-User-Id", admin.Subject, "X-Roles", "admin"}} {
				refused := []int{http.StatusUnauthorized, http.StatusForbidden}
				if status := r.inner(t, o, headers...); access[o.op] != "anyone" && !slices.Contains(refused, status) {
					t.Errorf("%s with %v: got %d", o.op, headers, status)
				}
			}
			if o.internal {
				if status := r.inner(t, o, kitx.AssertionHeader, at(set.Assertion, now, "mallory", o.service)); status != http.StatusForbidden {
					t.Errorf("%s, asked by a service that may not: got %d", o.op, status)
				}
			}
		}
	})
}

// keySet is the platform's.
func (r *rig) keySet(t *testing.T) keys.Set {
	t.Helper()
	if r.platform != nil {
		return r.platform.keys
	}
	set, err := loadKeys(config{DataDir: r.cluster.data})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// declaredOp is an operation of a service, as its wire contract declares it.
type declaredOp struct {
	service, op, method, path string
	internal                  bool
}

func declaredOps(t *testing.T) (ops []declaredOp) {
	t.Helper()
	files, err := filepath.Glob("../../*/*api/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no wire contracts: %v", err)
	}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if literal, ok := n.(*ast.CompositeLit); ok {
				if o := declaredIn(literal); o.op != "" && o.path != "" {
					ops = append(ops, o)
				}
			}
			return true
		})
	}
	if len(ops) < 100 {
		t.Fatalf("only %d operations", len(ops))
	}
	return ops
}

func declaredIn(literal *ast.CompositeLit) (o declaredOp) {
	for _, element := range literal.Elts {
		pair, ok := element.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		key, _ := pair.Key.(*ast.Ident)
		switch value := pair.Value.(type) {
		case *ast.BasicLit:
			text, _ := strconv.Unquote(value.Value)
			if key != nil && key.Name == "Op" {
				o.op = text
			} else if key != nil && key.Name == "Path" {
				o.path = text
			}
		case *ast.SelectorExpr:
			if key != nil && key.Name == "Method" {
				o.method = strings.ToUpper(strings.TrimPrefix(value.Sel.Name, "Method"))
			}
		}
	}
	o.service, _, _ = strings.Cut(o.op, ".")
	o.internal = strings.HasPrefix(o.path, "/internal/")
	return o
}

// inner asks a service past the gateway, and says how it was answered.
func (r *rig) inner(t *testing.T, o declaredOp, headers ...string) int {
	t.Helper()
	host, by := address(o.service, 0), http.RoundTripper(nil)
	if r.platform != nil {
		by = r.platform.transport
	} else {
		host, by = r.cluster.of(o.service)[0].address, r.http.Transport
	}
	path := variable.ReplaceAllString(o.path, "0190a5f0-0000-7000-8000-000000000000")
	request, err := http.NewRequestWithContext(t.Context(), o.method, "http://"+host+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	resp, err := by.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode
}
