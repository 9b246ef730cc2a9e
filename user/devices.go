package user

import (
	"context"

	"freecar/internal/errs"
)

// ListDevices lists devices.
func (p *people) ListDevices(ctx context.Context, paging Paging) (Page[Device], error) {
	return p.with.Devices.Devices(ctx, paging)
}

// RevokeDevice shuts a device out.
func (p *people) RevokeDevice(ctx context.Context, id string) error {
	_, err := p.with.Devices.Update(ctx, id, func(d *Device) (Change, error) { return d.Revoke(p.with.Clock.Now()), nil })
	return err
}

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
