package architecture

import (
	"slices"
	"strings"
	"testing"
)

// probes are one import of every kind, seen from the trip service and from
// around it. The tests name what a package may import of them: it may not
// import the others.
var probes = []string{
	"context", "net/url", "net/http", "net", "os/exec", "log/slog", "io/ioutil", "testing",
	"database/sql", "modernc.org/sqlite", "github.com/redis/go-redis/v9", "github.com/hashicorp/consul/api",
	"github.com/google/uuid", "github.com/peterstace/simplefeatures/geom", "github.com/go-kit/kit/endpoint",

	"freecar/internal/money", "freecar/internal/kitx", "freecar/internal/wire", "freecar/internal/serve",
	"freecar/internal/money/bank",
	"freecar/internal/sqlitex", "freecar/consul", "freecar/car/sim", "freecar/cmd/other", "freecar/elsewhere",

	"freecar/trip", "freecar/trip/tripapi", "freecar/trip/tripd", "freecar/trip/internal/endpoint",
	"freecar/trip/internal/transport", "freecar/trip/internal/adapter/mongo", "freecar/trip/internal/saga",
	"freecar/trip/internal/adaptertest",

	"freecar/car", "freecar/car/carapi", "freecar/car/card", "freecar/car/internal/endpoint", "freecar/user/userapi",
	"freecar/gateway", "freecar/gateway/gatewayapi", "freecar/gateway/gatewayd", "freecar/gateway/internal/adapter/redis",
}

// What the lists below have in common.
var (
	pure     = []string{"context", "net/url", "github.com/google/uuid", "github.com/peterstace/simplefeatures/geom", "freecar/internal/money"}
	contract = []string{"net/http", "freecar/internal/kitx", "freecar/internal/wire"}
	impure   = []string{"net", "os/exec", "log/slog", "io/ioutil", "testing", "github.com/go-kit/kit/endpoint", "freecar/internal/serve",
		"freecar/internal/money/bank"}
	driving = []string{"database/sql", "modernc.org/sqlite", "github.com/redis/go-redis/v9", "github.com/hashicorp/consul/api", "freecar/internal/sqlitex"}
	apis    = []string{"freecar/trip/tripapi", "freecar/car/carapi", "freecar/user/userapi", "freecar/gateway/gatewayapi"}

	usual = slices.Concat(pure, contract, impure)
)

func TestImports(t *testing.T) {
	for _, c := range []struct {
		from string
		may  []string
	}{
		{"freecar/trip/fare", plus(pure, "freecar/trip")},
		{"freecar/internal/errs", pure},
		{"freecar/trip/tripapi/v2", plus(slices.Concat(pure, contract), "freecar/trip/tripapi")},
		{"freecar/trip/internal/endpoint", plus(usual, "freecar/trip", "freecar/trip/tripapi", "freecar/trip/internal/saga",
			"freecar/trip/internal/endpoint")},
		{"freecar/trip/internal/transport", plus(usual, "freecar/trip", "freecar/trip/tripapi", "freecar/trip/internal/saga",
			"freecar/trip/internal/endpoint", "freecar/trip/internal/transport")},
		{"freecar/trip/internal/search", plus(usual, "freecar/trip", "freecar/trip/tripapi", "freecar/trip/internal/saga")},
		{"freecar/trip/internal/adaptertest", plus(usual, "freecar/trip", "freecar/trip/tripapi", "freecar/trip/internal/saga",
			"freecar/trip/internal/adaptertest")},
		{"freecar/trip/internal/adapter/cars", plus(slices.Concat(usual, driving, apis), "freecar/trip", "freecar/trip/internal/saga")},
		{"freecar/trip/internal/adapter/mongo/migrations", slices.Concat(usual, driving, apis,
			[]string{"freecar/trip", "freecar/trip/internal/saga", "freecar/trip/internal/adapter/mongo"})},
		{"freecar/trip/tripd", plus(slices.Concat(usual, driving, apis), "freecar/trip", "freecar/trip/tripd",
			"freecar/trip/internal/endpoint", "freecar/trip/internal/transport", "freecar/trip/internal/adapter/mongo",
			"freecar/trip/internal/saga", "freecar/consul")},
		{"freecar/gateway/internal/endpoint", plus(slices.Concat(usual, apis), "freecar/gateway")},
		{"freecar/gateway/gatewayd", plus(slices.Concat(usual, driving, apis), "freecar/gateway",
			"freecar/gateway/gatewayd", "freecar/gateway/internal/adapter/redis", "freecar/consul")},
		{"freecar/car/sim/route", plus(usual, "freecar/car/carapi", "freecar/user/userapi", "freecar/car/sim")},
		{"freecar/internal/events", plus(usual, driving...)},
		{"freecar/nomad", plus(slices.Concat(usual, driving), "freecar/consul")},
		{"freecar/cmd/freecar", plus(slices.Concat(usual, apis), "freecar/internal/sqlitex", "freecar/consul", "freecar/trip/tripd",
			"freecar/car/card", "freecar/gateway/gatewayd", "freecar/car/sim")},
	} {
		t.Run(c.from, func(t *testing.T) { expectOnly(t, c.from, "x.go", c.may) })
	}
}

// The border between services holds in test files, too, and nothing else does.
func TestImportsOfTestFiles(t *testing.T) {
	shared := plus(slices.Concat(usual, driving), "freecar/consul")
	for _, c := range []struct {
		from string
		may  []string
	}{
		{"freecar/trip", plus(shared, "freecar/trip", "freecar/trip/tripapi", "freecar/trip/tripd",
			"freecar/trip/internal/endpoint", "freecar/trip/internal/transport", "freecar/trip/internal/adapter/mongo",
			"freecar/trip/internal/saga", "freecar/trip/internal/adaptertest")},
		{"freecar/trip/tripd", plus(slices.Concat(shared, apis), "freecar/trip", "freecar/trip/tripd",
			"freecar/trip/internal/endpoint", "freecar/trip/internal/transport", "freecar/trip/internal/adapter/mongo",
			"freecar/trip/internal/saga", "freecar/trip/internal/adaptertest", "freecar/car/card", "freecar/gateway/gatewayd")},
		{"freecar/internal/events", shared},
		{"freecar/car/sim", plus(shared, "freecar/car/sim", "freecar/car/carapi", "freecar/user/userapi")},
		{"freecar/cmd/freecar", plus(slices.Concat(shared, apis), "freecar/trip/tripd", "freecar/car/card",
			"freecar/gateway/gatewayd", "freecar/car/sim")},
	} {
		t.Run(c.from, func(t *testing.T) { expectOnly(t, c.from, "x_test.go", c.may) })
	}
}

func TestAnAdapterHasOneDriverFamily(t *testing.T) {
	const from = "freecar/trip/internal/adapter/store"
	for _, one := range [][]string{
		{"database/sql", "modernc.org/sqlite", "github.com/pressly/goose/v3"},
		{"database/sql", "github.com/lib/pq"},
		{"freecar/internal/sqlitex", "database/sql"},
		{"go.mongodb.org/mongo-driver/mongo", "go.mongodb.org/mongo-driver/bson"},
	} {
		expectNone(t, check(from, "x.go", one...))
	}
	for _, two := range [][]string{
		{"modernc.org/sqlite", "github.com/lib/pq"},
		{"database/sql", "go.mongodb.org/mongo-driver/mongo"},
		{"freecar/internal/sqlitex", "github.com/redis/go-redis/v9"},
	} {
		expectOne(t, check(from, "x.go", two...), "two families")
	}
	expectNone(t, check(from, "x_test.go", "modernc.org/sqlite", "github.com/lib/pq"))
}

func TestAPackageWithoutAPlaceIsRefused(t *testing.T) {
	expectOne(t, check("freecar/elsewhere", "x.go", "fmt"), "no rule knows this package")
}

func TestAViolationSaysWhatToDo(t *testing.T) {
	expectOne(t, check("freecar/trip", "start.go", "net/http"),
		"trip/start.go imports net/http, the HTTP library. This is a domain package: a domain decides and does no I/O, "+
			"so that its rules run anywhere and in a test. Instead: leave HTTP to kitx and the transport.")
	for _, r := range rules {
		for _, is := range everyRelation() {
			if !r.allows(is, false) && instead[is] == "" {
				t.Errorf("%s may not import %s, and nothing says what to do instead", r.layer, is)
			}
		}
	}
}

// everyRelation is all that some rule names, save what only the fleet can meet.
func everyRelation() []relation {
	var all []relation
	for _, r := range rules {
		all = append(all, r.may...)
	}
	for is := range instead {
		all = append(all, is)
	}
	return slices.DeleteFunc(all, func(is relation) bool { return is == deviceAPI })
}

// check runs the rules over one file, beside a shared package around a driver.
func check(from, file string, imports ...string) []string {
	return Imports([]Package{
		{Path: from, Files: []File{{Name: file, Test: strings.HasSuffix(file, "_test.go"), Imports: imports}}},
		{Path: "freecar/internal/sqlitex", Files: []File{{Name: "sqlitex.go", Imports: []string{"database/sql", "modernc.org/sqlite"}}}},
	})
}

// plus copies: lists that share a start must not share memory.
func plus(base []string, more ...string) []string {
	return slices.Concat(base, more)
}

// expectOnly is for one file of a package: it may import these probes, and no others.
func expectOnly(t *testing.T, from, file string, may []string) {
	t.Helper()
	for _, imported := range probes {
		violations := check(from, file, imported)
		if slices.Contains(may, imported) {
			expectNone(t, violations)
		} else {
			expectOne(t, violations, file+" imports "+imported+",")
		}
	}
}

func expectNone(t *testing.T, violations []string) {
	t.Helper()
	for _, v := range violations {
		t.Errorf("unexpected: %s", v)
	}
}

func expectOne(t *testing.T, violations []string, part string) {
	t.Helper()
	if len(violations) != 1 || !strings.Contains(violations[0], part) {
		t.Errorf("want one violation with %q, got %q", part, violations)
	}
}
