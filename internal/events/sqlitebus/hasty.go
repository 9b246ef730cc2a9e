//go:build crash

package sqlitebus

// haste makes others take over from the dead soon: a test that kills at each point waits for
// it each time.
const haste = 4

func init() {
	lease /= haste
	renewEvery /= haste
	handleAtMost /= haste
}
