package user

import (
	"context"

	"freecar/internal/errs"
)

// RegisterDevice registers a device.
func (p *people) RegisterDevice(ctx context.Context, name string, carIDs []string) (Device, string, error) {
	name = normalName(name)
	if field := checkName(name); field != nil {
		return Device{}, "", errs.InvalidFields(*field)
	}
	device, secret, change := NewDevice(p.with.IDs.New(), name, carIDs, p.with.Clock.Now())
	if err := p.with.Devices.Register(ctx, device, change); err != nil {
		return Device{}, "", err
	}
	return device, secret, nil
}
