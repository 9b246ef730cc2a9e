package architecture

// rule says what a layer may import, what its test files may import beyond
// that, and why. What is not in the list is refused.
type rule struct {
	layer layer
	may   []relation
	tests []relation
	why   string
}

var rules = []rule{
	{layer: domain,
		may: []relation{pureStd, pureLibrary, valuePackage},
		why: "a domain decides and does no I/O, so that its rules run anywhere and in a test"},
	{layer: value,
		may: []relation{pureStd, pureLibrary, valuePackage},
		why: "domains speak in it, so it keeps their rule"},
	{layer: api,
		may: []relation{pureStd, httpStd, pureLibrary, valuePackage, contractPackage},
		why: "it is the wire contract that others compile against, and must not drag the service along"},
	{layer: endpoint,
		may: with(general, ownDomain, ownAPI, ownInner),
		why: "it stands between the wire and the domain, whatever the transport and the store"},
	{layer: transport,
		may: with(general, ownDomain, ownAPI, ownInner, ownEndpoint),
		why: "it brings requests and events to the endpoints, whatever the store"},
	{layer: inner,
		may: with(general, ownDomain, ownAPI, ownInner),
		why: "it serves its own service, whatever the transport and the store"},
	{layer: suite,
		may: with(general, ownDomain, ownAPI, ownInner),
		why: "one suite holds for every adapter of a port, so it knows none of them"},
	{layer: adapter,
		may: with(general, ownDomain, ownAPI, ownInner, driver, driverHelper, otherAPI),
		why: "it translates between its domain and one outside thing"},
	{layer: wiring,
		may: with(general, ownDomain, ownAPI, ownInner, ownEndpoint, ownTransport, ownAdapter,
			driver, driverHelper, otherAPI, clusterPackage),
		tests: []relation{otherWiring}, // whether the services that it calls are what it takes them for
		why:   "it makes one service run, and no other"},
	{layer: gateway,
		may: with(general, ownAPI, otherAPI),
		why: "it sees what every client sees: the apis, and no service's inside"},
	{layer: simulator,
		may: with(general, deviceAPI),
		why: "it knows the platform through the device routes alone, like a real car"},
	{layer: shared,
		may: with(general, driver, driverHelper),
		why: "all services stand on it, so it knows none of them"},
	{layer: cluster,
		may: with(general, driver, driverHelper, clusterPackage),
		why: "it serves whatever service runs on it, so it knows none of them"},
	{layer: command,
		may: with(general, driverHelper, clusterPackage, otherWiring, otherAPI, fleet),
		why: "it composes whole services, and is a client of them as staff are; it knows nothing of their inside"},
}

// general is what everything may use that is not bound to be pure.
var general = []relation{
	pureStd, httpStd, ioStd, pureLibrary, library, valuePackage, contractPackage, sharedPackage,
}

// borders hold in test files, too: what they may not import unless a rule says so.
var borders = []relation{otherAPI, otherService, otherWiring, fleet, program, unplaced}

func with(base []relation, more ...relation) []relation {
	return append(append([]relation{itself}, base...), more...)
}
