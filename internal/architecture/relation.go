package architecture

import (
	"slices"
	"strings"
)

// relation is what an import is to the package that imports it.
type relation string

const (
	itself       relation = "itself"
	ownDomain    relation = "its own domain"
	ownAPI       relation = "its own api"
	ownEndpoint  relation = "its own endpoints"
	ownTransport relation = "its own transport"
	ownAdapter   relation = "an adapter of its own service"
	ownInner     relation = "inside its own service"
	ownSuite     relation = "a contract suite"
	ownWiring    relation = "its own wiring"

	otherAPI     relation = "a service's api"
	deviceAPI    relation = "an api that a car speaks"
	otherWiring  relation = "a service's wiring"
	otherService relation = "the inside of a service"
	fleet        relation = "the simulated fleet"
	program      relation = "a command"
	unplaced     relation = "a package without a place"

	valuePackage    relation = "a value package"
	contractPackage relation = "a contract package"
	sharedPackage   relation = "a shared package"
	driverHelper    relation = "a shared package around a driver"
	clusterPackage  relation = "a cluster package"

	pureStd     relation = "standard library without I/O"
	httpStd     relation = "the HTTP library"
	ioStd       relation = "standard library that does I/O"
	pureLibrary relation = "a library on the domain's list"
	library     relation = "a library"
	driver      relation = "a driver"
)

// instead says, for what is refused, where it belongs.
var instead = map[relation]string{
	ownDomain:       "let the caller convert at the border and pass the result in",
	ownAPI:          "convert at the border, in the endpoint or the adapter",
	ownEndpoint:     "calls go inwards: transport, endpoint, domain",
	ownTransport:    "calls go inwards: transport, endpoint, domain",
	ownAdapter:      "declare a port in the domain; the …d package plugs the adapter in; what two adapters share belongs in freecar/internal",
	ownInner:        "declare a port in the domain; the …d package plugs it in",
	ownSuite:        "call the suite from a _test.go file",
	ownWiring:       "nothing but cmd imports a …d package",
	otherAPI:        "declare a port for what is needed; an adapter translates the other service's api",
	otherWiring:     "nothing but cmd imports a …d package",
	otherService:    "all that others may see of a service is its …api",
	fleet:           "nothing but cmd imports car/sim",
	program:         "move what is needed out of the command",
	unplaced:        "give that package a place in the layout, and here a rule",
	contractPackage: "leave the wire to the …api package, and convert in the endpoint or the adapter",
	sharedPackage:   "declare a port; if that package does no I/O and is about values, add it to values in place.go",
	driverHelper:    "declare a port and use the driver in an adapter",
	clusterPackage:  "declare a port; the …d package or cmd plugs it in",
	httpStd:         "leave HTTP to kitx and the transport",
	ioStd:           "declare a port and do it in an adapter",
	library:         "declare a port and use it in an adapter; if it does no I/O, add it to pureLibraries in relation.go",
	driver:          "declare a port and use the driver in an adapter",
}

// pureLibraries do no I/O: a domain may think with them.
var pureLibraries = []string{
	"github.com/google/uuid",
	"github.com/peterstace/simplefeatures/geom",
	"github.com/tidwall/rtree",
	"golang.org/x/text/unicode/norm",
}

// The standard library's I/O, and the parsers among it that do none.
var (
	ioPackages = []string{
		"crypto/tls", "database", "embed", "expvar", "flag", "io/ioutil", "log", "net",
		"os", "path/filepath", "plugin", "syscall", "testing",
	}
	parsers = []string{"net/mail", "net/netip", "net/url"}
)

// deviceAPIs are what a car speaks: its own routes, and the sign-in of its credential.
var deviceAPIs = []string{module + "/car/carapi", module + "/user/userapi"}

// relate says what path is to a package at from.
func relate(from place, path string, helpers map[string][]string) relation {
	if !within(path, module) {
		return relateOutside(path)
	}
	to := locate(path)
	switch {
	case to == from:
		return itself
	case to.service == "":
		return relateShared(to, helpers[path] != nil)
	case to.service == from.service:
		return relateInside(to)
	case from.layer == simulator && withinAny(path, deviceAPIs):
		return deviceAPI
	case to.layer == api:
		return otherAPI
	case to.layer == wiring:
		return otherWiring
	}
	return otherService
}

func relateOutside(path string) relation {
	first, _, _ := strings.Cut(path, "/")
	switch {
	case familiesOf(path) != nil:
		return driver
	case withinAny(path, pureLibraries):
		return pureLibrary
	case strings.Contains(first, "."):
		return library
	case path == "net/http":
		return httpStd
	case withinAny(path, ioPackages) && !slices.Contains(parsers, path):
		return ioStd
	}
	return pureStd
}

func relateShared(to place, aroundDriver bool) relation {
	switch {
	case to.layer == value:
		return valuePackage
	case to.layer == shared && aroundDriver:
		return driverHelper
	case to.layer == shared && slices.Contains(contracts, to.unit):
		return contractPackage
	}
	return map[layer]relation{
		shared: sharedPackage, cluster: clusterPackage, simulator: fleet, command: program, nowhere: unplaced,
	}[to.layer]
}

func relateInside(to place) relation {
	return map[layer]relation{
		domain: ownDomain, gateway: ownDomain, api: ownAPI, endpoint: ownEndpoint, transport: ownTransport,
		adapter: ownAdapter, inner: ownInner, suite: ownSuite, wiring: ownWiring,
	}[to.layer]
}
