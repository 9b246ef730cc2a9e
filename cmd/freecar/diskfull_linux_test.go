package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestDiskFull fills the disk under the platform: writes are refused in words, reads go on,
// and with room again everything does; nothing that was promised is lost.
func TestDiskFull(t *testing.T) {
	data := t.TempDir()
	if err := syscall.Mount("none", data, "tmpfs", 0, "size=64m,mode=0700"); err != nil {
		t.Skipf("no file system of a size can be made here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(data, 0); err != nil {
			t.Error(err)
		}
	})
	p := run(t, data, "--demo-cars", "2", "--limits", "off")
	rider, account := p.rider(p.admin())
	ballast := filepath.Join(data, "ballast")
	if err := fill(ballast); err != nil {
		t.Fatal(err)
	}
	topUp := func(n int) (answer, error) {
		return rider.try(http.MethodPost, "/v1/me/wallet/top-ups", m{"amount": euros(1000)}, "Idempotency-Key", fmt.Sprint("top-up-", n))
	}
	promised, refusedAt := 5000, -1
	for n := 0; n < 200 && refusedAt < 0; n++ {
		a, err := topUp(n)
		switch {
		case err != nil:
			t.Fatal(err)
		case a.status == http.StatusCreated:
			promised += 1000
		case a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "":
			t.Fatalf("with a full disk: %d %v", a.status, a.body)
		default:
			refusedAt = n
		}
	}
	if refusedAt < 0 {
		t.Fatal("the disk is not full")
	}
	if got := rider.want(http.StatusOK, http.MethodGet, "/v1/me", nil).text(t, "id"); got != account {
		t.Errorf("reading: %s", got)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	rider.until("writing works again", "/v1/me/wallet", func(answer) bool {
		a, err := topUp(refusedAt)
		return err == nil && a.status == http.StatusCreated
	})
	promised += 1000
	if got := cents(t, rider.want(http.StatusOK, http.MethodGet, "/v1/me/wallet", nil), "balance"); got != promised {
		t.Errorf("the balance is %d, promised were %d", got, promised)
	}
	if err := p.shutDown(); err != nil {
		t.Error(err)
	}
	again := run(t, data, "--demo-cars", "2", "--limits", "off")
	rider.base = again.base
	if got := cents(t, rider.want(http.StatusOK, http.MethodGet, "/v1/me/wallet", nil), "balance"); got != promised {
		t.Errorf("after a restart the balance is %d, promised were %d", got, promised)
	}
	if err := again.shutDown(); err != nil {
		t.Error(err)
	}
}

// fill takes all room that is left.
func fill(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	for size := 1 << 20; size > 0; {
		if _, err := f.Write(make([]byte, size)); errors.Is(err, syscall.ENOSPC) {
			size /= 16
		} else if err != nil {
			return errors.Join(err, f.Close())
		}
	}
	return f.Close()
}
