// Package transport brings requests to the endpoints.
package transport

import (
	"freecar/internal/kitx"
	"freecar/user/internal/endpoint"
	"freecar/user/userapi"
)

// Mount serves the operations.
func Mount(s *kitx.Server, e endpoint.Endpoints) {
	userapi.SignUp.Mount(s, e.SignUp)
	userapi.SignIn.Mount(s, e.SignIn)
	userapi.Refresh.Mount(s, e.Refresh)
	userapi.SignOut.Mount(s, e.SignOut)
	userapi.ChangePassword.Mount(s, e.ChangePassword)
	userapi.EnrolTOTP.Mount(s, e.EnrolTOTP)
	userapi.ConfirmTOTP.Mount(s, e.ConfirmTOTP)
	userapi.RemoveTOTP.Mount(s, e.RemoveTOTP)
	userapi.ChangeMe.Mount(s, e.ChangeMe)
	userapi.EraseMe.Mount(s, e.EraseMe)
	userapi.ChangeAccount.Mount(s, e.ChangeAccount)
	userapi.GetPersonal.Mount(s, e.Personal)
	userapi.Revocations.Mount(s, e.Revocations)
	userapi.Me.Mount(s, e.Me)
	userapi.Accounts.Mount(s, e.Accounts)
	userapi.GetAccount.Mount(s, e.Account)
	userapi.Devices.Mount(s, e.Devices)
	userapi.RevokeDevice.Mount(s, e.RevokeDevice)
	userapi.RegisterDevice.Mount(s, e.RegisterDevice)
	userapi.GetFirstAdmin.Mount(s, e.FirstAdmin)
	userapi.OpenFirstAdmin.Mount(s, e.OpenFirstAdmin)
	userapi.ResetAdminTOTP.Mount(s, e.ResetAdminTOTP)
	userapi.ListOwnEntries.Mount(s, e.OwnEntries)
	userapi.GetWallet.Mount(s, e.Wallet)
	userapi.WalletEntries.Mount(s, e.WalletEntries)
	userapi.AddTopUp.Mount(s, e.TopUp)
	userapi.PlaceHold.Mount(s, e.PlaceHold)
	userapi.CaptureHold.Mount(s, e.CaptureHold)
	userapi.ReleaseHold.Mount(s, e.ReleaseHold)
	userapi.GetHold.Mount(s, e.GetHold)
	userapi.OpsWallet.Mount(s, e.OpsWallet)
	userapi.OpsEntries.Mount(s, e.OpsEntries)
	userapi.Adjust.Mount(s, e.Adjust)
	userapi.Refund.Mount(s, e.Refund)
	userapi.CheckBooks.Mount(s, e.CheckBooks)
}
