package hostile

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"

	"freecar/internal/auth"
	"freecar/internal/kitx"
)

// Caller is somebody with an access token.
type Caller struct {
	Name      string
	Token     string // empty: nobody
	Principal auth.Principal
}

// World is what requests are made of besides the routes.
type World struct {
	Host    string
	Callers []Caller
	// Forged are access tokens that are none.
	Forged []string
	// Values are right values of fields, by "op path.of.field", "path.of.field" or the
	// field's own name; other values follow from the rules alone.
	Values map[string][]any
	// Foreign are the ids of resources that are somebody else's, by operation, and who
	// asks for them.
	Foreign map[string]Foreign
}

// Foreign is what a caller has no part in.
type Foreign struct {
	Caller Caller
	IDs    []string
}

// Request is one hostile request.
type Request struct {
	N        uint64
	Op, What string
	Bytes    []byte // of the whole request
	Head     bool   // its answer has no body
	Alone    bool   // what comes after it on its connection may be part of it
	Twice    bool   // is to be sent once more right after
	Want     Want
}

// Want is what a request may be answered. None may be a fault.
type Want struct {
	Statuses []int  // one of these; nil: any
	Refused  bool   // 400 to 499
	Field    string // the one field that is named; empty: whatever
	Others   bool   // other fields may be named as well: their rules look at this one
	Silence  bool   // the connection may end without an answer
}

// Generator makes requests.
type Generator struct {
	seed   uint64
	world  World
	routes []route
}

type route struct {
	spec     kitx.Spec
	shape    kitx.Shape
	entitled []Caller
	others   []Caller // who have no right
	body     bool     // some field is in it
	related  bool     // some rule looks at other fields
}

// New makes a generator over the routes.
func New(seed uint64, routes []kitx.Spec, w World) *Generator {
	g := &Generator{seed: seed, world: w}
	for _, spec := range routes {
		r := route{spec: spec, shape: spec.Shape()}
		r.shape.Members = slices.DeleteFunc(slices.Clone(r.shape.Members), gatewaysOwn)
		for _, c := range w.Callers {
			if spec.Who.Check(c.Principal) == nil {
				r.entitled = append(r.entitled, c)
			} else {
				r.others = append(r.others, c)
			}
		}
		for _, m := range r.shape.Members {
			r.body = r.body || m.In == "body"
			for _, rule := range m.Rules {
				r.related = r.related || strings.Contains(rule.Name, "with")
			}
		}
		g.routes = append(g.routes, r)
	}
	return g
}

// gatewaysOwn is a member that the gateway writes itself, over whatever a client claims.
func gatewaysOwn(f kitx.Member) bool { return f.In == "header" && f.Name == kitx.ClientHeader }

// Routes is how many routes it knows.
func (g *Generator) Routes() int { return len(g.routes) }

// maker makes one request.
type maker struct {
	*rand.Rand
	g *Generator
	n uint64
}

// kinds of requests, by how many of a hundred they are.
var kinds = []struct {
	of   int
	make func(*maker, route) (Request, bool)
}{
	{44, (*maker).oneField},
	{12, (*maker).brokenBody},
	{12, (*maker).brokenHead},
	{8, (*maker).brokenPath},
	{10, (*maker).noRight},
	{6, (*maker).nothingThere},
	{8, (*maker).oddRead},
}

// Make makes request n: the same one for the same seed, routes and world.
func (g *Generator) Make(n uint64) Request {
	m := &maker{Rand: rand.New(rand.NewPCG(g.seed, n)), g: g, n: n}
	for {
		r := g.routes[m.IntN(len(g.routes))]
		at := m.IntN(100)
		for _, k := range kinds {
			if at -= k.of; at >= 0 {
				continue
			}
			if request, ok := k.make(m, r); ok {
				request.N, request.Op = n, r.spec.Op
				request.Twice = !request.Alone && m.IntN(20) == 0
				return request
			}
			break // the route has nothing of the kind: another one
		}
	}
}

var token = regexp.MustCompile(`Bearer v4\.public\.[^\r\n]{40,}`)

func (r Request) String() string {
	shown := token.ReplaceAll(r.Bytes, []byte("Bearer …"))
	const most = 600
	tail := ""
	if len(shown) > most {
		shown, tail = shown[:most], fmt.Sprintf(" … %d bytes", len(r.Bytes))
	}
	return fmt.Sprintf("request %d, %s, %s:\n%q%s", r.N, r.Op, r.What, shown, tail)
}

func pick[T any](m *maker, from ...T) T { return from[m.IntN(len(from))] }

// someone is a caller who may, if there is one.
func (m *maker) someone(r route) (Caller, bool) {
	if len(r.entitled) == 0 {
		return Caller{}, false
	}
	return pick(m, r.entitled...), true
}
