package endpoint

import (
	"context"

	"freecar/internal/errs"
	"freecar/internal/kitx"
	"freecar/user/userapi"
)

var errAdminExists = errs.E(errs.Conflict, "admin_exists", "There is an admin already; an admin gives the role to others.")

// FirstAdmin says whether there is an admin.
func (e Endpoints) FirstAdmin(ctx context.Context, _ kitx.None) (userapi.FirstAdmin, error) {
	exists, err := e.people.HasAdmin(ctx)
	return userapi.FirstAdmin{Exists: exists}, err
}

// OpenFirstAdmin opens the first admin's account.
func (e Endpoints) OpenFirstAdmin(ctx context.Context, r userapi.FirstAdminRequest) (kitx.None, error) {
	created, err := e.people.EnsureAdmin(ctx, r.Email, r.Password)
	if err == nil && !created {
		err = errAdminExists
	}
	return kitx.None{}, err
}

// ResetAdminTOTP lets an admin in who lost the second factor.
func (e Endpoints) ResetAdminTOTP(ctx context.Context, r userapi.ResetAdminTOTPRequest) (kitx.None, error) {
	return kitx.None{}, e.people.ResetAdminTOTP(ctx, r.Email)
}
