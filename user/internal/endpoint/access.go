package endpoint

import (
	"context"

	"freecar/internal/auth"
	"freecar/internal/errs"
	"freecar/internal/kitx"
	"freecar/internal/wire"
	"freecar/user"
	"freecar/user/userapi"
)

// SignOut ends the caller's session.
func (e Endpoints) SignOut(ctx context.Context, _ kitx.None) (kitx.None, error) {
	return kitx.None{}, e.people.SignOut(ctx, auth.From(ctx).Session)
}

// ChangePassword replaces the caller's password.
func (e Endpoints) ChangePassword(ctx context.Context, r userapi.ChangePasswordRequest) (kitx.None, error) {
	return kitx.None{}, e.people.ChangePassword(ctx, user.ChangePassword{
		AccountID: caller(ctx), SessionID: auth.From(ctx).Session, Password: r.Password, NewPassword: r.NewPassword})
}

// EnrolTOTP makes the caller's second factor.
func (e Endpoints) EnrolTOTP(ctx context.Context, r userapi.EnrolTOTPRequest) (userapi.TOTPSecret, error) {
	secret, err := e.people.EnrolTOTP(ctx, caller(ctx), r.Password)
	return userapi.TOTPSecret{Secret: secret.Secret, URL: secret.URL}, err
}

// ConfirmTOTP makes it count.
func (e Endpoints) ConfirmTOTP(ctx context.Context, r userapi.TOTPRequest) (kitx.None, error) {
	return kitx.None{}, e.people.ConfirmTOTP(ctx, caller(ctx), r.Code)
}

// RemoveTOTP takes it away.
func (e Endpoints) RemoveTOTP(ctx context.Context, r userapi.RemoveTOTPRequest) (kitx.None, error) {
	return kitx.None{}, e.people.RemoveTOTP(ctx, caller(ctx), r.Code)
}

// ChangeMe changes how the caller is called and reached.
func (e Endpoints) ChangeMe(ctx context.Context, r userapi.ChangeMeRequest) (userapi.Account, error) {
	account, err := e.people.ChangeMe(ctx, user.ChangeMe{AccountID: caller(ctx), Name: r.Name, Email: r.Email, Phone: r.Phone, Password: r.Password})
	return fromAccount(account), err
}

// EraseMe forgets the caller.
func (e Endpoints) EraseMe(ctx context.Context, _ kitx.None) (kitx.None, error) {
	return kitx.None{}, e.people.EraseMe(ctx, caller(ctx))
}

// Personal is what is kept of the caller.
func (e Endpoints) Personal(ctx context.Context, _ kitx.None) (userapi.Personal, error) {
	personal, err := e.people.Personal(ctx, caller(ctx))
	return fromPersonal(personal), err
}

func fromPersonal(p user.Personal) userapi.Personal {
	w := userapi.Personal{Account: fromAccount(p.Account), CreatedAt: wire.FromTime(p.CreatedAt),
		WeChatID: orNull(p.WeChat), BlockedFor: orNull(p.BlockedFor), SecondFactor: p.SecondFactor, Sessions: make([]userapi.PersonalSession, 0, len(p.Sessions))}
	for _, s := range p.Sessions {
		w.Sessions = append(w.Sessions, userapi.PersonalSession{ID: s.ID, StartedAt: wire.FromTime(s.StartedAt), ExpiresAt: wire.FromTime(s.ExpiresAt)})
	}
	return w
}

// Account is anybody's account, for staff.
func (e Endpoints) Account(ctx context.Context, r userapi.AccountRequest) (userapi.StaffAccount, error) {
	account, err := e.people.Account(ctx, r.ID)
	return fromAccountForStaff(account), err
}

// Accounts lists accounts, for staff.
func (e Endpoints) Accounts(ctx context.Context, r userapi.AccountsRequest) (wire.Page[userapi.StaffAccount], error) {
	role, err := auth.ParseRoles(r.Role)
	if err != nil {
		return wire.Page[userapi.StaffAccount]{}, errs.Invalidf("role", "invalid", "There is no such role.").Because(err)
	}
	page, err := e.people.Accounts(ctx, user.AccountFilter{Email: r.Email, Phone: r.Phone, Status: user.Status(r.Status),
		Roles: role, Text: r.Text, Paging: toPaging(r.Paging)})
	return wire.NewPage(page.Items, page.Next, fromAccountForStaff), err
}

// ChangeAccount changes who may use an account and as what.
func (e Endpoints) ChangeAccount(ctx context.Context, r userapi.ChangeAccountRequest) (userapi.StaffAccount, error) {
	roles, err := auth.RolesOf(r.Roles)
	if err != nil {
		return userapi.StaffAccount{}, errs.Invalidf("roles", "invalid", "There is no such role.").Because(err)
	}
	account, err := e.people.Govern(ctx, auth.From(ctx), r.ID,
		user.Governing{Status: user.Status(r.Status), Roles: roles, Reason: r.Reason, ResetTOTP: r.ResetTOTP})
	return fromAccountForStaff(account), err
}

// Devices lists devices.
func (e Endpoints) Devices(ctx context.Context, r userapi.DevicesRequest) (wire.Page[userapi.Device], error) {
	page, err := e.people.ListDevices(ctx, toPaging(r.Paging))
	return wire.NewPage(page.Items, page.Next, fromDevice), err
}

// RevokeDevice shuts a device out.
func (e Endpoints) RevokeDevice(ctx context.Context, r userapi.DeviceRequest) (kitx.None, error) {
	return kitx.None{}, e.people.RevokeDevice(ctx, r.ID)
}

func fromDevice(d user.Device) userapi.Device {
	return userapi.Device{ID: d.ID, Name: d.Name, CarIDs: append([]string{}, d.CarIDs...),
		CreatedAt: wire.FromTime(d.CreatedAt), RevokedAt: wire.FromTimeOrNil(d.RevokedAt)}
}

// Revocations lists what was revoked, for gateways.
func (e Endpoints) Revocations(ctx context.Context, r userapi.RevocationsRequest) (userapi.RevocationList, error) {
	page, err := e.people.Revocations(ctx, r.After, r.Limit)
	return fromRevocations(page), err
}

func fromAccountForStaff(a user.Account) userapi.StaffAccount {
	return userapi.StaffAccount{Account: fromAccount(a), CreatedAt: wire.FromTime(a.CreatedAt), BlockedFor: orNull(a.BlockedFor)}
}

func fromRevocations(p user.RevocationPage) userapi.RevocationList {
	list := userapi.RevocationList{Items: make([]userapi.Revocation, 0, len(p.Items)), Next: p.Next, More: p.More}
	for _, r := range p.Items {
		list.Items = append(list.Items, userapi.Revocation{
			Subject: r.Subject, Session: r.Session, Before: r.Before, Spared: r.Spared, Until: wire.FromTime(r.Until)})
	}
	return list
}
