package sqlitex

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"sync"
)

// ErrClosed is what a write gets after Close.
var ErrClosed = errors.New("sqlitex: the store is closed")

// writer owns the one connection that writes. It takes what is queued, runs all of it in
// one transaction and commits it together: under load one fsync serves many writers, and
// a lone write waits for nobody.
type writer struct {
	conn  *sql.Conn
	tx    *Tx
	queue chan *job
	mu    sync.RWMutex // guards closed against sends on queue
	done  chan struct{}

	closed bool
}

type job struct {
	do   func(*Tx) error
	err  error
	done chan struct{}
	ctx  context.Context
}

func newWriter(ctx context.Context, db *sql.DB) (*writer, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	w := &writer{
		conn:  conn,
		tx:    newTx(conn),
		queue: make(chan *job, queuedAtMost),
		done:  make(chan struct{}),
	}
	go w.loop()
	return w, nil
}

func (w *writer) run(ctx context.Context, do func(*Tx) error) error {
	j := &job{do: do, done: make(chan struct{}), ctx: ctx}
	if err := w.enqueue(j); err != nil {
		return err
	}
	<-j.done // at the latest after the group before and this one: ctx is looked at there
	return j.err
}

func (w *writer) enqueue(j *job) error {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.closed {
		return ErrClosed
	}
	select {
	case w.queue <- j:
		return nil
	case <-j.ctx.Done():
		return j.ctx.Err()
	}
}

func (w *writer) close() error {
	w.mu.Lock()
	already := w.closed
	w.closed = true
	if !already {
		close(w.queue)
	}
	w.mu.Unlock()
	<-w.done
	if already {
		return nil
	}
	return errors.Join(w.tx.close(), w.conn.Close())
}

func (w *writer) loop() {
	defer close(w.done)
	group := make([]*job, 0, groupAtMost)
	for j := range w.queue {
		// On a busy machine other goroutines are about to queue a write, too: letting them
		// run first makes larger groups. On an idle one this costs nothing.
		runtime.Gosched()
		group = w.gather(append(group[:0], j))
		w.commit(group)
		for _, j := range group {
			close(j.done)
		}
		clear(group)
	}
}

// gather adds what else is queued right now.
func (w *writer) gather(group []*job) []*job {
	for len(group) < cap(group) {
		select {
		case j, ok := <-w.queue:
			if !ok {
				return group
			}
			group = append(group, j)
		default:
			return group
		}
	}
	return group
}

// commit saves a group. Most groups go through in one go; one in which a piece fails
// halfway is undone and done again with a savepoint around each piece.
func (w *writer) commit(group []*job) {
	if !w.begin(group) {
		return
	}
	if w.together(group) {
		w.finish(group)
		return
	}
	undo := w.tx.control("ROLLBACK")
	if len(group) == 1 {
		group[0].err = errors.Join(group[0].err, undo)
		return
	}
	// Where SQLite has rolled back by itself (disk full, I/O error) there is nothing left
	// to undo, and ROLLBACK says so; if anything is really wrong, BEGIN will.
	if w.begin(group) {
		w.oneByOne(group)
	}
}

func (w *writer) begin(group []*job) bool {
	w.tx.after = w.tx.after[:0]
	for _, j := range group {
		j.err = nil
	}
	if err := w.tx.control("BEGIN IMMEDIATE"); err != nil {
		fail(group, err)
		return false
	}
	return true
}

// together runs the pieces without savepoints, whose bookkeeping is an eighth of a busy
// store's work. It is false when a piece failed after it had changed something, or lost
// the transaction.
func (w *writer) together(group []*job) bool {
	for _, j := range group {
		if j.err = j.ctx.Err(); j.err != nil {
			continue
		}
		hooks := len(w.tx.after)
		w.tx.wrote = false
		if j.err = guarded(j.do, w.tx); j.err == nil {
			continue
		}
		w.tx.after = w.tx.after[:hooks]
		if w.tx.wrote || !w.tx.open() {
			return false
		}
	}
	return true
}

// oneByOne runs each piece so that it can fail alone.
func (w *writer) oneByOne(group []*job) {
	for _, j := range group {
		if j.err = j.ctx.Err(); j.err != nil {
			continue
		}
		var whole bool
		if whole, j.err = w.savepoint(j.do); !whole {
			w.abandon(group, j.err)
			return
		}
	}
	w.finish(group)
}

// finish makes the transaction last, or fails all of the group.
func (w *writer) finish(group []*job) {
	if err := w.tx.control("COMMIT"); err != nil {
		fail(group, uncommitted(fmt.Errorf("sqlitex: commit: %w", errors.Join(err, w.tx.control("ROLLBACK")))))
		return
	}
	for _, f := range w.tx.after {
		f()
	}
}

// abandon ends a transaction that SQLite has rolled back by itself (disk full, I/O error):
// nothing of the group is saved, and nothing more of it may run outside a transaction.
func (w *writer) abandon(group []*job, cause error) {
	_ = w.tx.control("ROLLBACK") // most likely there is nothing left to roll back
	for _, j := range group {
		if j.err == nil {
			j.err = fmt.Errorf("sqlitex: another write of the group failed: %w", cause)
		}
	}
}

// fail gives err to all that believed to have succeeded.
func fail(group []*job, err error) {
	for _, j := range group {
		if j.err == nil {
			j.err = err
		}
	}
}

// savepoint runs one piece of a group so that it can fail alone. It is not whole when the
// transaction around it is gone.
func (w *writer) savepoint(do func(*Tx) error) (whole bool, err error) {
	if err := w.tx.control("SAVEPOINT one"); err != nil {
		return false, err
	}
	hooks := len(w.tx.after)
	if err = guarded(do, w.tx); err != nil {
		w.tx.after = w.tx.after[:hooks]
		if undo := w.tx.control("ROLLBACK TO one"); undo != nil {
			return false, errors.Join(err, undo)
		}
	}
	if release := w.tx.control("RELEASE one"); release != nil {
		return false, errors.Join(err, release)
	}
	return true, err
}

// guarded turns a panic into a failed write: its neighbours and the writer live on.
func guarded(do func(*Tx) error, tx *Tx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("sqlitex: a write panicked: %v", p)
		}
	}()
	return do(tx)
}
