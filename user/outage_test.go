package user_test

import (
	"context"
	"testing"

	"freecar/user"
)

// unlisted is Accounts that finds nobody by an address, and unregistered Devices that finds
// none: both are away.
type (
	unlisted     struct{ accounts }
	unregistered struct{ devices }
	devices      = user.Devices
)

func (unlisted) ByEmail(context.Context, user.Email) (user.Account, error) {
	return user.Account{}, errAway
}

func (unregistered) Device(context.Context, string) (user.Device, error) {
	return user.Device{}, errAway
}

// TestSignInInAnOutage: nobody is told that what they know is wrong when it was not looked at.
func TestSignInInAnOutage(t *testing.T) {
	o := newOfficeWith(t, func(c *user.PeopleConfig) {
		c.Accounts, c.Devices = unlisted{c.Accounts}, unregistered{c.Devices}
	})
	o.signUp(t, ada())
	_, err := o.SignIn(t.Context(), user.SignIn{Email: "ada@example.org", Password: "correct horse"})
	expectError(t, err, errAway)
	_, err = o.SignInDevice(t.Context(), "d", "s")
	expectError(t, err, errAway)
}
