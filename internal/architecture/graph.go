package architecture

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// module is the path that all our import paths start with.
const module = "freecar"

// Package is one folder of Go files.
type Package struct {
	Path  string // the import path: "freecar/trip/tripapi"
	Files []File
}

// File is one Go file: what it imports, and whether it has the package comment.
type File struct {
	Name      string
	Test      bool
	Commented bool
	Imports   []string
}

// Load parses every package of the module at root. It reads import clauses and
// comments alone and takes files of every platform and build tag, so it needs
// neither a build nor the network.
func Load(root string) ([]Package, error) {
	var packages []Package
	err := walk(root, func(file string) error {
		if path.Ext(file) != ".go" {
			return nil
		}
		parsed, err := parse(filepath.Join(root, file))
		if err != nil {
			return err
		}
		folder := path.Join(module, path.Dir(file))
		at := slices.IndexFunc(packages, func(p Package) bool { return p.Path == folder })
		if at < 0 {
			packages, at = append(packages, Package{Path: folder}), len(packages)
		}
		packages[at].Files = append(packages[at].Files, parsed)
		return nil
	})
	return packages, err
}

func parse(name string) (File, error) {
	tree, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly|parser.ParseComments)
	if err != nil {
		return File{}, err
	}
	imports, err := importsOf(tree)
	return File{
		Name:      filepath.Base(name),
		Test:      strings.HasSuffix(name, "_test.go"),
		Commented: strings.TrimSpace(tree.Doc.Text()) != "",
		Imports:   imports,
	}, err
}

func importsOf(tree *ast.File) ([]string, error) {
	var imports []string
	for _, spec := range tree.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}
		imports = append(imports, imported)
	}
	return imports, nil
}

// walk visits the files of the module: not what git, a build, a run or an editor
// left, and not the modules that only live inside this one. Names are relative,
// with slashes.
func walk(root string, visit func(file string) error) error {
	return fs.WalkDir(os.DirFS(root), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && (skipped(entry.Name()) || hasModule(root, name)):
			return fs.SkipDir
		case entry.Type().IsRegular() && name != ".git": // a file, in a work tree
			return visit(name)
		}
		return nil
	})
}

func skipped(folder string) bool {
	if strings.HasPrefix(folder, ".") {
		return folder != ".ci"
	}
	return slices.Contains([]string{"bin", "data", "node_modules", "testdata", "vendor"}, folder)
}

func hasModule(root, folder string) bool {
	_, err := os.Stat(filepath.Join(root, folder, "go.mod"))
	return err == nil
}
