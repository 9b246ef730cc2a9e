package sqlitebus

import "testing"

func TestWaker(t *testing.T) {
	w := waker{waiting: map[string]chan struct{}{}}
	woken := func(news <-chan struct{}) bool {
		select {
		case <-news:
			return true
		default:
			return false
		}
	}
	a, same, b := w.next("a"), w.next("a"), w.next("b")
	w.wake("a", "nobody", "a")
	if !woken(a) || !woken(same) || woken(b) {
		t.Errorf("a %t and %t, b %t", woken(a), woken(same), woken(b))
	}
	if later := w.next("a"); woken(later) {
		t.Error("what comes next has come already")
	}
}
