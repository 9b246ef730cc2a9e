package sqlitex

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"freecar/internal/repeat"
)

// alone runs do while no other process brings a schema in the folder up to date: two that
// did so at once would each run the same migration. The folder itself is what is locked;
// it needs no file, and closing one of SQLite's own would drop SQLite's locks.
func alone(ctx context.Context, folder string, do func() error) error {
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	defer f.Close() // and with it the lock
	if err := lock(ctx, f); err != nil {
		return fmt.Errorf("waiting for another process that opens a store in %s: %w", folder, err)
	}
	return do()
}

const lookAgain = 2 * time.Millisecond

func lock(ctx context.Context, f *os.File) error {
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil || !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			return err
		}
		if !repeat.Rest(ctx, lookAgain) {
			return ctx.Err()
		}
	}
}
