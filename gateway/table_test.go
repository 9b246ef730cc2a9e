package gateway_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"freecar/gateway"
)

func TestTable(t *testing.T) {
	ops, addresses := map[string]gateway.Route{}, map[string]bool{}
	for _, r := range gateway.Table() {
		address := r.Method + " " + r.Path
		if _, twice := ops[r.Op]; twice || addresses[address] {
			t.Errorf("%s (%s) is there twice", r.Op, address)
		}
		ops[r.Op], addresses[address] = r, true
		if !r.Who.Decided() {
			t.Errorf("nobody decided who may call %s", r.Op)
		}
		if r.Who.Internal() || !strings.HasPrefix(r.Path, "/v1/") && !strings.HasPrefix(r.Path, "/objects/") {
			t.Errorf("%s (%s) is not for clients", r.Op, address)
		}
		if r.Rate < gateway.RateUsual || r.Rate > gateway.RateSignIn || r.Key < gateway.KeyNone || r.Key > gateway.KeyRequired {
			t.Errorf("%s has no rate or no rule for keys: %+v", r.Op, r)
		}
		if r.Key != gateway.KeyNone && r.Method == "GET" {
			t.Errorf("%s reads and takes a key", r.Op)
		}
	}
	t.Run("every public operation of every service is in it, and nothing else", func(t *testing.T) {
		declared := declaredOps(t)
		for op, path := range declared {
			if _, ok := ops[op]; ok == strings.HasPrefix(path, "/internal/") {
				t.Errorf("%s (%s): in the table is %v", op, path, ok)
			}
		}
		for op := range ops {
			if declared[op] == "" && !strings.HasPrefix(op, "gateway.") {
				t.Errorf("%s is no operation that a service declares", op)
			}
		}
	})
	t.Run("what moves money needs a key", func(t *testing.T) {
		for _, op := range []string{"user.TopUp", "user.Adjust", "user.Refund"} {
			if rule := ops[op].Key; rule != gateway.KeyRequired {
				t.Errorf("%s: got %v", op, rule)
			}
		}
	})
	t.Run("signing up and in has limits of its own and takes no key", func(t *testing.T) {
		for op, rate := range map[string]gateway.Rate{"user.SignUp": gateway.RateSignUp, "user.SignIn": gateway.RateSignIn} {
			if r := ops[op]; r.Rate != rate || r.Key != gateway.KeyNone {
				t.Errorf("%s: got %+v", op, r)
			}
		}
	})
}

// declaredOps reads the services' wire contracts: the path of each operation by its name.
func declaredOps(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("../*/*api/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no wire contracts: %v", err)
	}
	found := map[string]string{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if literal, ok := n.(*ast.CompositeLit); ok {
				if op, path := field(literal, "Op"), field(literal, "Path"); op != "" {
					found[op] = path
				}
			}
			return true
		})
	}
	return found
}

// field is the text of a string literal in a composite one.
func field(literal *ast.CompositeLit, name string) string {
	for _, element := range literal.Elts {
		pair, ok := element.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		key, isName := pair.Key.(*ast.Ident)
		value, isText := pair.Value.(*ast.BasicLit)
		if isName && isText && key.Name == name {
			text, _ := strconv.Unquote(value.Value)
			return text
		}
	}
	return ""
}
