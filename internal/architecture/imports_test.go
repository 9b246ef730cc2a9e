package architecture

import (
	"slices"
	"strings"
	"testing"
)

// TestImports has, for every rule, imports that it lets through and imports
// that it refuses: take the rule away and a case fails.
func TestImports(t *testing.T) {
	for _, c := range []struct {
		from    string
		may     []string
		refused []string
	}{
		{from: "freecar/trip",
			may: []string{"context", "net/url", "freecar/internal/errs", "freecar/internal/money",
				"github.com/google/uuid", "github.com/peterstace/simplefeatures/geom", "freecar/trip/fare"},
			refused: []string{"net/http", "net", "os", "os/exec", "log/slog", "database/sql", "io/ioutil", "testing",
				"github.com/go-kit/kit/endpoint", "github.com/lib/pq", "freecar/internal/kitx", "freecar/internal/auth",
				"freecar/internal/serve", "freecar/internal/sqlitex", "freecar/trip/tripapi", "freecar/trip/tripd",
				"freecar/trip/internal/endpoint", "freecar/trip/internal/adapter/sqlite", "freecar/trip/internal/saga",
				"freecar/car", "freecar/car/carapi", "freecar/consul", "freecar/elsewhere"}},
		{from: "freecar/internal/errs",
			may:     []string{"errors", "freecar/internal/ids"},
			refused: []string{"net/http", "database/sql", "freecar/internal/serve", "github.com/go-kit/log"}},
		{from: "freecar/trip/tripapi",
			may: []string{"net/http", "freecar/internal/kitx", "freecar/internal/wire", "freecar/internal/auth",
				"freecar/internal/money"},
			refused: []string{"os", "freecar/trip", "freecar/trip/internal/adapter/sqlite", "freecar/car/carapi",
				"freecar/internal/serve", "github.com/gorilla/mux"}},
		{from: "freecar/trip/internal/endpoint",
			may: []string{"freecar/trip", "freecar/trip/tripapi", "freecar/internal/kitx", "freecar/internal/serve",
				"github.com/go-kit/kit/endpoint"},
			refused: []string{"freecar/trip/internal/adapter/sqlite", "freecar/trip/internal/transport", "database/sql",
				"github.com/redis/go-redis/v9", "freecar/internal/sqlitex", "freecar/car/carapi"}},
		{from: "freecar/trip/internal/transport",
			may: []string{"freecar/trip", "freecar/trip/tripapi", "freecar/trip/internal/endpoint", "github.com/gorilla/mux"},
			refused: []string{"freecar/trip/internal/adapter/cars", "github.com/rabbitmq/amqp091-go",
				"freecar/internal/sqlitex", "freecar/car/carapi", "freecar/trip/tripd"}},
		{from: "freecar/car/internal/search",
			may: []string{"freecar/car", "freecar/internal/nearby", "golang.org/x/sync/errgroup"},
			refused: []string{"freecar/car/internal/transport", "freecar/car/internal/adapter/mongo", "database/sql",
				"freecar/trip/tripapi"}},
		{from: "freecar/trip/internal/adaptertest",
			may:     []string{"testing", "freecar/trip", "freecar/internal/clock"},
			refused: []string{"freecar/trip/internal/adapter/sqlite", "modernc.org/sqlite", "freecar/internal/sqlitex"}},
		{from: "freecar/trip/internal/adapter/cars",
			may: []string{"freecar/trip", "freecar/trip/tripapi", "freecar/car/carapi", "freecar/internal/kitx", "net/http"},
			refused: []string{"freecar/car", "freecar/car/card", "freecar/trip/internal/adapter/sqlite",
				"freecar/trip/internal/endpoint", "freecar/trip/internal/adaptertest", "freecar/consul"}},
		{from: "freecar/trip/tripd",
			may: []string{"freecar/trip", "freecar/trip/internal/adapter/sqlite", "freecar/trip/internal/transport",
				"freecar/car/carapi", "freecar/internal/serve", "freecar/internal/sqlitex", "freecar/consul", "database/sql"},
			refused: []string{"freecar/car", "freecar/car/card", "freecar/car/sim", "freecar/trip/internal/adaptertest"}},
		{from: "freecar/gateway",
			may: []string{"freecar/trip/tripapi", "freecar/internal/kitx", "net/http", "freecar/gateway/internal/policy"},
			refused: []string{"freecar/trip", "freecar/trip/tripd", "freecar/gateway/gatewayd", "github.com/redis/go-redis/v9",
				"freecar/gateway/internal/adapter/redis"}},
		{from: "freecar/gateway/internal/policy",
			may:     []string{"freecar/user/userapi", "freecar/gateway"},
			refused: []string{"freecar/user", "freecar/internal/sqlitex"}},
		{from: "freecar/gateway/gatewayd",
			may:     []string{"freecar/gateway", "freecar/gateway/internal/adapter/redis", "freecar/user/userapi"},
			refused: []string{"freecar/user", "freecar/user/userd"}},
		{from: "freecar/car/sim",
			may:     []string{"freecar/car/carapi", "freecar/user/userapi", "freecar/internal/geo", "freecar/car/sim/route"},
			refused: []string{"freecar/car", "freecar/trip/tripapi", "freecar/car/internal/endpoint", "database/sql"}},
		{from: "freecar/internal/serve",
			may:     []string{"net/http", "freecar/internal/kitx", "database/sql", "freecar/internal/sqlitex"},
			refused: []string{"freecar/trip", "freecar/trip/tripapi", "freecar/car/sim", "freecar/cmd/freecar", "freecar/consul"}},
		{from: "freecar/consul",
			may:     []string{"github.com/hashicorp/consul/api", "freecar/internal/serve"},
			refused: []string{"freecar/trip/tripapi", "freecar/trip/tripd"}},
		{from: "freecar/cmd/freecar",
			may: []string{"freecar/trip/tripd", "freecar/gateway/gatewayd", "freecar/car/sim", "freecar/internal/serve",
				"freecar/consul", "freecar/nomad", "github.com/spf13/cobra"},
			refused: []string{"freecar/trip", "freecar/trip/tripapi", "freecar/trip/internal/adapter/sqlite", "modernc.org/sqlite"}},
	} {
		t.Run(c.from, func(t *testing.T) {
			for _, imported := range c.may {
				expectNone(t, check(c.from, "x.go", imported))
			}
			for _, imported := range c.refused {
				expectOne(t, check(c.from, "x.go", imported), "x.go imports "+imported+",")
			}
		})
	}
}

func TestImportsOfTestFiles(t *testing.T) {
	for _, c := range []struct {
		from    string
		may     []string
		refused []string
	}{
		{from: "freecar/trip",
			may: []string{"os", "testing", "go.uber.org/goleak", "database/sql", "freecar/internal/serve",
				"freecar/trip/tripapi", "freecar/trip/internal/adaptertest", "freecar/trip/tripd"},
			refused: []string{"freecar/car", "freecar/car/carapi", "freecar/car/card", "freecar/car/sim"}},
		{from: "freecar/internal/kitx",
			may:     []string{"net/http/httptest"},
			refused: []string{"freecar/trip/tripapi", "freecar/trip"}},
		{from: "freecar/car/sim",
			may:     []string{"freecar/car/carapi"},
			refused: []string{"freecar/car", "freecar/car/card"}},
		{from: "freecar/cmd/freecar",
			may:     []string{"freecar/trip/tripapi", "freecar/trip/tripd"},
			refused: []string{"freecar/trip"}},
	} {
		t.Run(c.from, func(t *testing.T) {
			for _, imported := range c.may {
				expectNone(t, check(c.from, "x_test.go", imported))
			}
			for _, imported := range c.refused {
				expectOne(t, check(c.from, "x_test.go", imported), "x_test.go imports "+imported+",")
			}
		})
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
