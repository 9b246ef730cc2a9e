package gateway

import "time"

// Limits are the gateway's limits by what they count.
type Limits struct {
	Principal, Address, Device, SignUps, FailedSignIns Limit
}

// DefaultLimits is what holds unless it is configured.
func DefaultLimits() Limits {
	return Limits{
		Principal:     Limit{Name: "principal", Most: 600, Per: time.Minute},
		Address:       Limit{Name: "address", Most: 600, Per: time.Minute},
		Device:        Limit{Name: "device", Most: 600, Per: time.Minute},
		SignUps:       Limit{Name: "sign-ups", Most: 60, Per: time.Minute},
		FailedSignIns: Limit{Name: "failed-sign-ins", Most: 30, Per: time.Minute},
	}
}
