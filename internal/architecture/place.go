package architecture

import (
	"slices"
	"strings"
)

// layer is the part that a package plays.
type layer string

const (
	domain    layer = "a domain package"
	api       layer = "a service's api package"
	endpoint  layer = "an endpoint package"
	transport layer = "a transport package"
	adapter   layer = "an adapter"
	inner     layer = "a package inside a service"
	suite     layer = "an adapter contract suite"
	wiring    layer = "a wiring package"
	gateway   layer = "a gateway package"
	simulator layer = "the simulated fleet"
	value     layer = "a value package"
	shared    layer = "a shared package"
	cluster   layer = "a cluster package"
	command   layer = "a command"
	nowhere   layer = "a package without a place"
)

var services = []string{"user", "car", "trip", "profile", "blob", "gateway"}

// values are the shared packages that a domain speaks in. They keep the
// domain's own rule, or the domain would do I/O through them.
var values = []string{"auth", "clock", "errs", "geo", "idem", "ids", "money", "nearby", "photo"}

// contracts are the shared packages that an api is written with besides.
var contracts = []string{"events", "kitx", "wire"}

// place is where a package stands. Two packages of one place are one unit:
// "trip/internal/adapter/sqlite" and everything beneath it.
type place struct {
	service string // none for what is nobody's
	layer   layer
	unit    string // tells two adapters, two commands, … apart
}

// locate reads a place from the layout. The path is one of ours.
func locate(path string) place {
	steps := strings.Split(path, "/")[1:]
	switch {
	case within(path, module+"/car/sim"):
		return place{layer: simulator}
	case len(steps) > 0 && slices.Contains(services, steps[0]):
		return locateInService(steps[0], steps[1:])
	case len(steps) > 1 && steps[0] == "internal":
		return locateShared(strings.Join(steps[1:], "/"))
	case len(steps) > 1 && steps[0] == "cmd":
		return place{layer: command, unit: steps[1]}
	case len(steps) > 0 && slices.Contains([]string{"consul", "nomad"}, steps[0]):
		return place{layer: cluster, unit: steps[0]}
	}
	return place{layer: nowhere, unit: path}
}

func locateShared(name string) place {
	if slices.Contains(values, name) {
		return place{layer: value, unit: name}
	}
	return place{layer: shared, unit: name}
}

func locateInService(service string, steps []string) place {
	at := func(i int) string {
		if i < len(steps) {
			return steps[i]
		}
		return ""
	}
	here := func(l layer, unit string) place { return place{service, l, unit} }
	switch {
	case at(0) == service+"api":
		return here(api, "")
	case at(0) == service+"d":
		return here(wiring, "")
	case at(0) == "internal" && at(1) == "adapter":
		return here(adapter, at(2))
	case service == "gateway":
		return here(gateway, "")
	case at(0) != "internal":
		return here(domain, "")
	}
	switch at(1) {
	case "endpoint":
		return here(endpoint, "")
	case "transport":
		return here(transport, "")
	case "adaptertest":
		return here(suite, "")
	}
	return here(inner, at(1))
}

// within says whether path is folder or lies beneath it.
func within(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, folder+"/")
}

func withinAny(path string, folders []string) bool {
	return slices.ContainsFunc(folders, func(folder string) bool { return within(path, folder) })
}
