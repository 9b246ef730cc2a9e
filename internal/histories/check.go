package histories

import (
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
)

// Never is the return of an operation that got no answer.
const Never = math.MaxInt64

// Op is an operation on one object: In is its model's input. Times are of any one clock.
type Op struct {
	Client       int
	Call, Return int64
	In           any
}

// Model is a promise.
type Model = porcupine.NondeterministicModel

// Check says whether a history of an object keeps a promise. One that does not fails the
// test and is drawn into a file of the folder; one that cannot be decided in time fails it,
// too.
func Check(tb testing.TB, folder, object string, model Model, history []Op, within time.Duration) bool {
	tb.Helper()
	ops := make([]porcupine.Operation, len(history))
	for i, o := range history {
		ops[i] = porcupine.Operation{ClientId: o.Client, Call: o.Call, Return: o.Return, Input: o.In, Output: o.In}
	}
	m := model.ToModel()
	result, info := porcupine.CheckOperationsVerbose(m, ops, within)
	if result == porcupine.Ok {
		return true
	}
	path := filepath.Join(folder, object+".html")
	if err := porcupine.VisualizePath(m, info, path); err != nil {
		tb.Errorf("%s cannot be drawn: %v", object, err)
	}
	tb.Errorf("%s: its history of %d operations is %s; see %s", object, len(ops), result, path)
	return false
}

// Folder is where drawings of a test go; it outlives the test.
func Folder(tb testing.TB) string {
	tb.Helper()
	folder, err := os.MkdirTemp("", "freecar-histories-*")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if !tb.Failed() {
			_ = os.RemoveAll(folder)
		}
	})
	return folder
}
