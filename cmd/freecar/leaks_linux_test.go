package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"freecar/internal/auth/keys"
	"freecar/internal/leaktest"
	"freecar/internal/peer/static"
)

// remains is what of a process was there before a platform started in it.
type remains struct {
	goroutines []goleak.Option
	files      []string
}

func takeStock(t *testing.T) remains {
	t.Helper()
	http.DefaultClient.CloseIdleConnections()
	return remains{goroutines: append(leaktest.Known(), goleak.IgnoreCurrent()), files: openFiles(t)}
}

// openFiles are the files and sockets that this process has open, by name.
func openFiles(t *testing.T) (names []string) {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		// One that is gone was ReadDir's own.
		if name, err := os.Readlink("/proc/self/fd/" + entry.Name()); err == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// compare fails the test if there is more now. The kernel and the runtime need a moment to
// take back what was closed.
func (r remains) compare(t *testing.T) {
	t.Helper()
	if err := goleak.Find(r.goroutines...); err != nil {
		t.Errorf("goroutines are left: %v", err)
	}
	var more []string
	for end := time.Now().Add(5 * time.Second); ; {
		more = slices.DeleteFunc(openFiles(t), func(name string) bool {
			return slices.Contains(r.files, name) || strings.HasPrefix(name, "/proc/") || strings.HasPrefix(name, "anon_inode:")
		})
		if len(more) == 0 || time.Now().After(end) {
			break
		}
		<-time.After(10 * time.Millisecond) // between two looks
	}
	if len(more) > 0 {
		t.Errorf("files are left open: %q", more)
	}
}

// TestStartStop starts a platform again and again in one process, and stops it while
// riders ask, a stream is open and connections are idle.
func TestStartStop(t *testing.T) {
	const rounds, heapAtMost = 5, 6 << 20
	for _, instances := range []int{1, 2} {
		t.Run(fmt.Sprintf("%d of each service", instances), func(t *testing.T) {
			var first uint64
			for round := range rounds {
				before := takeStock(t)
				t.Run(fmt.Sprint("round ", round+1), func(t *testing.T) { stopUnderLoad(t, newRig(t, instances, 2)) })
				before.compare(t)
				switch heap := heapInUse(); {
				case round == 1: // the first one fills pools and caches of the process
					first = heap
				case round == rounds-1 && heap > first+heapAtMost:
					t.Errorf("%d rounds later %d kB more are in use", rounds-2, (heap-first)>>10)
				}
			}
		})
	}
}

func heapInUse() uint64 {
	runtime.GC()
	runtime.GC() // what the first one only finalized
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func stopUnderLoad(t *testing.T, r *rig) {
	rider, _ := r.rider(r.staff)
	id := rider.want(http.StatusCreated, http.MethodPost, "/v1/trips", m{"car_id": rider.cars(2)[0]}).text(t, "id")
	idle, err := net.Dial("tcp", strings.TrimPrefix(r.base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()
	stopped, asked := make(chan struct{}), make(chan struct{}, 1)
	var load sync.WaitGroup
	for _, path := range []string{"/v1/cars?" + city, "/v1/me/wallet", "/v1/trips/" + id, "/v1/nowhere"} {
		load.Go(func() {
			for {
				select {
				case <-stopped:
					return
				default:
				}
				_, err := rider.try(http.MethodGet, path, nil) // fails once the door is shut
				select {
				case asked <- struct{}{}:
				default:
				}
				if err != nil {
					<-stopped
				}
			}
		})
	}
	load.Go(func() { // riders who do not wait
		for range 20 {
			ctx, cancel := context.WithTimeout(context.Background(), 3*time.Millisecond)
			request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.base+"/v1/me/export", nil)
			if err == nil {
				request.Header.Set("Authorization", "Bearer "+rider.token)
				if resp, err := r.http.Do(request); err == nil {
					_ = resp.Body.Close()
				}
			}
			cancel()
		}
	})
	<-asked
	if _, err := rider.try(http.MethodPost, "/v1/trips/"+id+"/end", nil); err != nil {
		t.Error(err)
	}
	if err := r.process.Stop(); err != nil {
		t.Error(err)
	}
	close(stopped)
	load.Wait()
	r.http.CloseIdleConnections()
}

// TestStartFails takes nothing along: no goroutine, no file, no lock, no port.
func TestStartFails(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	garbage := func(name string) func(*testing.T, *config) {
		return func(t *testing.T, c *config) {
			path := filepath.Join(c.DataDir, name)
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(strings.Repeat("no store ", 2000)), 0o600)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, c := range map[string]struct {
		prepare func(*testing.T, *config)
		says    string
	}{
		"its port is taken":               {func(_ *testing.T, c *config) { c.HTTPAddr = taken.Addr().String() }, "is in use"},
		"the operators' port is taken":    {func(_ *testing.T, c *config) { c.OpsAddr = taken.Addr().String() }, "is in use"},
		"the bus's store cannot be read":  {garbage("bus.db"), "bus.db"},
		"the first store cannot be read":  {garbage("blob.db"), "blob"},
		"a store cannot be read":          {garbage("user.db"), "user"},
		"the payments cannot be read":     {garbage("sandbox-payments.db"), "payments"},
		"the last store cannot be read":   {garbage("trip.db"), "trip"},
		"the keys cannot be read":         {garbage("keys/keys.json"), "keys"},
		"a folder is where a store is":    {func(t *testing.T, c *config) { mustMkdir(t, filepath.Join(c.DataDir, "car.db")) }, "car"},
		"a file is where objects are":     {garbage("objects"), "objects"},
		"the fleet's device is a folder":  {func(t *testing.T, c *config) { mustMkdir(t, filepath.Join(c.DataDir, "keys", "sim-device.json")) }, "fleet"},
		"the admin's password is no file": {func(t *testing.T, c *config) { mustMkdir(t, filepath.Join(c.DataDir, "admin-password")) }, "admin-password"},
	} {
		t.Run(name, func(t *testing.T) {
			config := config{DataDir: t.TempDir(), HTTPAddr: "127.0.0.1:0", OpsAddr: "127.0.0.1:0", Limits: "off", LogLevel: "error", DemoCars: 1, AdminEmail: defaultAdmin}
			c.prepare(t, &config)
			before := takeStock(t)
			d, err := startDev(t.Context(), config)
			if err == nil {
				t.Error("it started")
				err = d.process.Stop()
			}
			if !strings.Contains(fmt.Sprint(err), c.says) {
				t.Errorf("it says %v", err)
			}
			before.compare(t)
			unlocked(t, config.DataDir)
		})
	}
	t.Run("one service's store cannot be read", func(t *testing.T) {
		config := config{Service: "trip", DataDir: t.TempDir(), HTTPAddr: "127.0.0.1:0", OpsAddr: "127.0.0.1:0", Limits: "off", LogLevel: "error"}
		if err := keys.Create(config.keysPath()); err != nil {
			t.Fatal(err)
		}
		garbage("trip.db")(t, &config)
		before := takeStock(t)
		services, err := static.Parse(defaultServices(), callable)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := startService(t.Context(), kindOf(t, "trip"), config, services); err == nil {
			t.Error("it started")
		}
		before.compare(t)
		unlocked(t, config.DataDir)
	})
	t.Run("Ctrl-C comes in between", func(t *testing.T) {
		config := config{DataDir: t.TempDir(), HTTPAddr: "127.0.0.1:0", OpsAddr: "127.0.0.1:0", Limits: "off", LogLevel: "error", DemoCars: 1, AdminEmail: defaultAdmin}
		before := takeStock(t)
		for after := time.Duration(0); after < 400*time.Millisecond; after += 80 * time.Millisecond {
			ctx, cancel := context.WithTimeout(t.Context(), after)
			if d, err := startDev(ctx, config); err == nil {
				if err := d.process.Stop(); err != nil {
					t.Error(err)
				}
			}
			cancel()
			before.compare(t)
		}
		unlocked(t, config.DataDir)
	})
}

func mustMkdir(t *testing.T, path string) {
	t.Helper()
	if err := os.MkdirAll(path, 0o700); err != nil {
		t.Fatal(err)
	}
}

func kindOf(t *testing.T, service string) kind {
	t.Helper()
	i := slices.IndexFunc(kinds, func(k kind) bool { return k.name == service })
	if i < 0 {
		t.Fatal("there is no " + service)
	}
	return kinds[i]
}

// unlocked says that the next start may have the data.
func unlocked(t *testing.T, data string) {
	t.Helper()
	n, err := startNode(config{DataDir: data, HTTPAddr: "127.0.0.1:0", OpsAddr: "127.0.0.1:0", LogLevel: "error"}, dataAlone)
	if err != nil {
		t.Errorf("the next start: %v", err)
		return
	}
	if err := n.process.Stop(); err != nil {
		t.Error(err)
	}
}
