package architecture

import "slices"

// drivers are the libraries that reach a store, a broker or a cluster, with the
// families that each serves. An adapter's drivers have one family in common.
var drivers = []struct {
	path     string
	families []string
}{
	{"database/sql", []string{"sqlite", "postgres"}},
	{"github.com/pressly/goose", []string{"sqlite", "postgres"}},
	{"modernc.org/sqlite", []string{"sqlite"}},
	{"github.com/mattn/go-sqlite3", []string{"sqlite"}},
	{"github.com/lib/pq", []string{"postgres"}},
	{"github.com/jackc/pgx", []string{"postgres"}},
	{"go.mongodb.org/mongo-driver", []string{"mongo"}},
	{"github.com/redis/go-redis", []string{"redis"}},
	{"github.com/minio/minio-go", []string{"s3"}},
	{"github.com/aws/aws-sdk-go", []string{"s3"}},
	{"github.com/aws/aws-sdk-go-v2", []string{"s3"}},
	{"github.com/rabbitmq/amqp091-go", []string{"rabbitmq"}},
	{"github.com/hashicorp/consul", []string{"consul"}},
	{"github.com/hashicorp/nomad", []string{"nomad"}},
}

// familiesOf names the families that a library serves; none if it is no driver.
func familiesOf(path string) []string {
	for _, driver := range drivers {
		if within(path, driver.path) {
			return driver.families
		}
	}
	return nil
}

// driverHelpers are the shared packages that import a driver themselves, with
// the families that their drivers have in common: importing one is importing it.
func driverHelpers(graph []Package) map[string][]string {
	helpers := map[string][]string{}
	for _, p := range graph {
		if locate(p.Path).layer != shared {
			continue
		}
		for _, i := range p.imports() {
			if families := familiesOf(i.path); families != nil && !i.file.Test {
				helpers[p.Path] = common(helpers[p.Path], families)
			}
		}
	}
	return helpers
}

// common is what two lists share; no list at all (nil) limits nothing.
func common(a, b []string) []string {
	if a == nil {
		return b
	}
	both := []string{}
	for _, x := range a {
		if slices.Contains(b, x) {
			both = append(both, x)
		}
	}
	return both
}
