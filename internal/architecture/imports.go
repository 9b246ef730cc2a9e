package architecture

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// Imports checks every import against the rules and says, a line each, which
// one breaks which rule and what to do instead.
func Imports(graph []Package) []string {
	helpers := driverHelpers(graph)
	var violations []string
	for _, p := range graph {
		from := locate(p.Path)
		at := slices.IndexFunc(rules, func(r rule) bool { return r.layer == from.layer })
		if at < 0 {
			violations = append(violations, fmt.Sprintf("%s: no rule knows this package; %s", p.Path, instead[unplaced]))
			continue
		}
		violations = append(violations, breaches(p, rules[at], helpers)...)
		violations = append(violations, mixedDrivers(p, from, helpers)...)
	}
	return violations
}

func breaches(p Package, r rule, helpers map[string][]string) []string {
	var violations []string
	for _, i := range p.imports() {
		is := relate(locate(p.Path), i.path, helpers)
		if !r.allows(is, i.file.Test) {
			violations = append(violations, fmt.Sprintf("%s imports %s, %s. This is %s: %s. Instead: %s.",
				p.fileName(i.file), i.path, is, r.layer, r.why, instead[is]))
		}
	}
	return violations
}

func (r rule) allows(is relation, inTest bool) bool {
	if is == itself || slices.Contains(r.may, is) {
		return true
	}
	return inTest && (slices.Contains(r.tests, is) || !slices.Contains(borders, is))
}

// mixedDrivers refuses an adapter for two outside things at once.
func mixedDrivers(p Package, from place, helpers map[string][]string) []string {
	if from.layer != adapter {
		return nil
	}
	var families, seen []string
	for _, i := range p.imports() {
		served := familiesOf(i.path)
		if served == nil {
			served = helpers[i.path]
		}
		if served != nil && !i.file.Test {
			families, seen = common(families, served), append(seen, i.path)
		}
	}
	if families == nil || len(families) > 0 {
		return nil
	}
	slices.Sort(seen)
	return []string{fmt.Sprintf("%s imports drivers of two families (%s). An adapter is for one outside thing. Instead: write two adapters.",
		p.Path, strings.Join(slices.Compact(seen), ", "))}
}

type importOf struct {
	file File
	path string
}

func (p Package) imports() []importOf {
	var all []importOf
	for _, file := range p.Files {
		for _, imported := range file.Imports {
			all = append(all, importOf{file, imported})
		}
	}
	return all
}

// fileName is a file's name from the root of the repository.
func (p Package) fileName(f File) string {
	return path.Join(strings.TrimPrefix(p.Path, module), f.Name)[1:]
}
