package kitx

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
)

// codec reads and writes the requests of one route. Its plan is made once.
type codec[Req any] struct {
	spec   Spec
	params []param
	known  map[string]bool // query names
	body   bool            // some field is part of the JSON body
	keyed  []int           // where Keyed is, nil if nowhere
}

// param is a field that travels outside the body.
type param struct {
	in, name string // path, query or header
	fallback string
	index    []int
}

var keyedType = reflect.TypeFor[Keyed]()

func newCodec[Req any](spec Spec) *codec[Req] {
	c := &codec[Req]{spec: spec, known: map[string]bool{}}
	t := reflect.TypeFor[Req]()
	if t.Kind() != reflect.Struct {
		panic("kitx: the request of " + spec.Op + " is no struct")
	}
	c.plan(t, nil)
	c.checkPath()
	return c
}

// checkPath holds variables of the path and fields against each other. A variable has no
// pattern: a field's rule is its validate tag.
func (c *codec[Req]) checkPath() {
	rest := c.spec.Path
	for _, p := range c.params {
		if variable := "{" + p.name + "}"; p.in == "path" {
			if !strings.Contains(rest, variable) {
				panic("kitx: " + c.spec.Op + " has no " + variable + " in its path")
			}
			rest = strings.Replace(rest, variable, "", 1)
		}
	}
	if strings.Contains(rest, "{") {
		panic("kitx: " + c.spec.Op + " has no field for a variable in " + rest)
	}
}

func (c *codec[Req]) plan(t reflect.Type, at []int) {
	for i := range t.NumField() {
		f := t.Field(i)
		index := append(append([]int(nil), at...), i)
		in, name := location(f)
		switch {
		case f.Type == keyedType:
			c.keyed = index
		case in != "":
			c.planParam(t, f, param{in: in, name: name, fallback: f.Tag.Get("default"), index: index})
		case inlined(f):
			c.plan(f.Type, index)
		case f.Anonymous:
			panic(fmt.Sprintf("kitx: %s.%s is embedded with a json tag, so that its fields are nowhere", t, f.Name))
		case !f.IsExported() || f.Tag.Get("json") == "-":
		case c.spec.bodyless():
			panic(fmt.Sprintf("kitx: %s has no body for %s.%s", c.spec.Op, t, f.Name))
		default:
			c.body = true
		}
	}
}

func (c *codec[Req]) planParam(t reflect.Type, f reflect.StructField, p param) {
	field := fmt.Sprintf("%s.%s", t, f.Name)
	switch {
	case f.Tag.Get("json") != "-" && !c.spec.bodyless():
		panic(fmt.Sprintf(`kitx: %s travels in the %s and needs json:"-"`, field, p.in))
	case !f.IsExported() || !textual(f.Type):
		panic("kitx: no way to read " + field)
	case p.fallback != "" && parse(reflect.New(f.Type).Elem(), p.fallback) != nil:
		panic("kitx: the default of " + field + " does not fit it")
	}
	c.params = append(c.params, p)
	if p.in == "query" {
		c.known[p.name] = true
	}
}

// inlined says that a struct's fields are the request's own.
func inlined(f reflect.StructField) bool {
	return f.Anonymous && f.Type.Kind() == reflect.Struct && f.Tag.Get("json") == ""
}

func (s Spec) bodyless() bool { return s.Method == http.MethodGet || s.Method == http.MethodHead }

func location(f reflect.StructField) (in, name string) {
	for _, in := range []string{"path", "query", "header"} {
		if name, ok := f.Tag.Lookup(in); ok {
			return in, name
		}
	}
	return "", ""
}
