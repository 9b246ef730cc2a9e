package car

import (
	"context"
	"slices"
	"sync"
)

// dispatch brings commands to those who listen for a device on this instance. What does
// not fit into a listener's buffer is dropped: listeners look at Pending from time to
// time anyway, since a command is sent again until it is answered.
type dispatch struct {
	mu        sync.RWMutex
	listeners map[string][]chan Pending
}

// unheard is how many commands wait for a listener.
const unheard = 256

func (d *dispatch) send(deviceID string, p Pending) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	for _, listener := range d.listeners[deviceID] {
		select {
		case listener <- p:
		default:
		}
	}
}

func (d *dispatch) listen(deviceID string) (<-chan Pending, func()) {
	listener := make(chan Pending, unheard)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.listeners == nil {
		d.listeners = map[string][]chan Pending{}
	}
	d.listeners[deviceID] = append(d.listeners[deviceID], listener)
	return listener, sync.OnceFunc(func() { d.leave(deviceID, listener) })
}

func (d *dispatch) leave(deviceID string, listener chan Pending) {
	d.mu.Lock()
	defer d.mu.Unlock()
	rest := slices.DeleteFunc(d.listeners[deviceID], func(l chan Pending) bool { return l == listener })
	if len(rest) == 0 {
		delete(d.listeners, deviceID)
		return
	}
	d.listeners[deviceID] = rest
}

// Pending lists the commands that wait for the device.
func (f *Fleet) Pending(ctx context.Context, deviceID string) ([]Pending, error) {
	return f.cars.Pending(ctx, deviceID)
}

// Listen gives the device's commands as they come.
func (f *Fleet) Listen(deviceID string) (<-chan Pending, func()) { return f.dispatch.listen(deviceID) }
