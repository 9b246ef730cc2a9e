package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
)

// guard is a condition that ends a function early.
type guard struct {
	file     string // its path, from where the command runs
	line     int
	function string
	text     string // the condition
	from, to int    // its bytes in the file
}

// name is what accepted.txt calls a guard: it holds when lines move.
func (g guard) name() string { return filepath.ToSlash(g.file) + " " + g.function + ": " + g.text }

// find lists the guards of a package's folder, in the order of its files.
func find(dir string) ([]guard, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	var guards []guard
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		found, err := findIn(path, source)
		if err != nil {
			return nil, err
		}
		guards = append(guards, found...)
	}
	return guards, nil
}

func findIn(path string, source []byte) ([]guard, error) {
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, path, source, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var guards []guard
	for _, declared := range parsed.Decls {
		function, ok := declared.(*ast.FuncDecl)
		if !ok || function.Body == nil {
			continue
		}
		for _, condition := range conditions(function.Body) {
			from, to := files.Position(condition.Pos()), files.Position(condition.End())
			guards = append(guards, guard{
				file: path, line: from.Line, function: function.Name.Name,
				text: strings.Join(strings.Fields(string(source[from.Offset:to.Offset])), " "),
				from: from.Offset, to: to.Offset,
			})
		}
	}
	return guards, nil
}

// conditions are those that guard a function's body, in their order.
func conditions(body *ast.BlockStmt) (found []ast.Expr) {
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt:
			if n.Else == nil && returnsAlone(n.Body.List) {
				found = append(found, alternatives(n.Cond)...)
			}
		case *ast.SwitchStmt:
			if n.Tag == nil {
				found = append(found, casesThatReturn(n)...)
			}
		}
		return true
	})
	return found
}

func casesThatReturn(s *ast.SwitchStmt) (found []ast.Expr) {
	for _, statement := range s.Body.List {
		clause, ok := statement.(*ast.CaseClause)
		if !ok || !returnsAlone(clause.Body) {
			continue
		}
		for _, condition := range clause.List { // none for default
			found = append(found, alternatives(condition)...)
		}
	}
	return found
}

// alternatives are what a condition guards against one by one.
func alternatives(condition ast.Expr) []ast.Expr {
	if either, ok := condition.(*ast.BinaryExpr); ok && either.Op == token.LOR {
		return append(alternatives(either.X), alternatives(either.Y)...)
	}
	if passesOn(condition) {
		return nil
	}
	return []ast.Expr{condition}
}

func returnsAlone(statements []ast.Stmt) bool {
	if len(statements) != 1 {
		return false
	}
	_, ok := statements[0].(*ast.ReturnStmt)
	return ok
}

// passesOn says that a condition is an error that the caller gets as it is: an outage and
// not a rule of ours.
func passesOn(condition ast.Expr) bool {
	comparison, ok := condition.(*ast.BinaryExpr)
	if !ok || comparison.Op != token.NEQ {
		return false
	}
	left, ok := comparison.X.(*ast.Ident)
	return ok && left.Name == "err"
}
