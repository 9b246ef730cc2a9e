package gateway

import (
	"slices"

	"freecar/blob/blobapi"
	"freecar/car/carapi"
	"freecar/profile/profileapi"
	"freecar/trip/tripapi"
	"freecar/user/userapi"
)

// Table is what clients may reach.
func Table() []Route { return slices.Concat(own, user, profile, car, trip, blob) }

// own are answered here, from what several services say.
var own = []Route{
	pass(ExportMe.Spec(), RateUsual, KeyNone),
}

// A route takes a key where its service knows it again: a request that embeds kitx.Keyed.

var user = []Route{
	pass(userapi.SignUp.Spec(), RateSignUp, KeyNone),
	pass(userapi.SignIn.Spec(), RateSignIn, KeyNone),
	pass(userapi.Refresh.Spec(), RateUsual, KeyNone),
	pass(userapi.SignOut.Spec(), RateUsual, KeyNone),
	pass(userapi.ChangePassword.Spec(), RateSignIn, KeyNone),
	pass(userapi.EnrolTOTP.Spec(), RateSignIn, KeyNone),
	pass(userapi.ConfirmTOTP.Spec(), RateSignIn, KeyNone),
	pass(userapi.RemoveTOTP.Spec(), RateSignIn, KeyNone),
	pass(userapi.ChangeMe.Spec(), RateSignIn, KeyNone),
	pass(userapi.EraseMe.Spec(), RateUsual, KeyNone),
	pass(userapi.ChangeAccount.Spec(), RateUsual, KeyNone),
	pass(userapi.Me.Spec(), RateUsual, KeyNone),
	pass(userapi.AddAvatar.Spec(), RateUsual, KeyNone),
	pass(userapi.GetAvatar.Spec(), RateUsual, KeyNone),
	pass(userapi.DeleteAvatar.Spec(), RateUsual, KeyNone),
	pass(userapi.GetWallet.Spec(), RateUsual, KeyNone),
	pass(userapi.WalletEntries.Spec(), RateUsual, KeyNone),
	pass(userapi.AddTopUp.Spec(), RateUsual, KeyRequired),
	pass(userapi.Accounts.Spec(), RateUsual, KeyNone),
	pass(userapi.GetAccount.Spec(), RateUsual, KeyNone),
	pass(userapi.Devices.Spec(), RateUsual, KeyNone),
	pass(userapi.RevokeDevice.Spec(), RateUsual, KeyNone),
	pass(userapi.RegisterDevice.Spec(), RateUsual, KeyNone),
	pass(userapi.OpsWallet.Spec(), RateUsual, KeyNone),
	pass(userapi.OpsEntries.Spec(), RateUsual, KeyNone),
	pass(userapi.Adjust.Spec(), RateUsual, KeyRequired),
	pass(userapi.Refund.Spec(), RateUsual, KeyRequired),
	pass(userapi.Audit.Spec(), RateUsual, KeyNone),
	pass(userapi.DeadLetters.Spec(), RateUsual, KeyNone),
	pass(userapi.Replay.Spec(), RateUsual, KeyNone),
	pass(userapi.PurgeCache.Spec(), RateUsual, KeyNone),
}

var profile = []Route{
	pass(profileapi.GetLicence.Spec(), RateUsual, KeyNone),
	pass(profileapi.PutLicence.Spec(), RateUsual, KeyNone),
	pass(profileapi.AddPhoto.Spec(), RateUsual, KeyOptional),
	pass(profileapi.GetPhoto.Spec(), RateUsual, KeyNone),
	pass(profileapi.DeletePhoto.Spec(), RateUsual, KeyNone),
	pass(profileapi.List.Spec(), RateUsual, KeyNone),
	pass(profileapi.Inspect.Spec(), RateUsual, KeyNone),
	pass(profileapi.InspectPhoto.Spec(), RateUsual, KeyNone),
	pass(profileapi.Approve.Spec(), RateUsual, KeyNone),
	pass(profileapi.Reject.Spec(), RateUsual, KeyNone),
}

var car = []Route{
	pass(carapi.Search.Spec(), RateUsual, KeyNone),
	pass(carapi.Get.Spec(), RateUsual, KeyNone),
	pass(carapi.Telemetry.Spec(), RateDevice, KeyNone),
	pass(carapi.Commands.Spec(), RateDevice, KeyNone),
	pass(carapi.Acknowledge.Spec(), RateDevice, KeyNone),
	pass(carapi.DeviceCars.Spec(), RateDevice, KeyNone),
	pass(carapi.List.Spec(), RateUsual, KeyNone),
	pass(carapi.Register.Spec(), RateUsual, KeyOptional),
	pass(carapi.Show.Spec(), RateUsual, KeyNone),
	pass(carapi.Change.Spec(), RateUsual, KeyNone),
	pass(carapi.TakeOut.Spec(), RateUsual, KeyNone),
	pass(carapi.Return.Spec(), RateUsual, KeyNone),
	pass(carapi.Retire.Spec(), RateUsual, KeyNone),
	pass(carapi.Lock.Spec(), RateUsual, KeyOptional),
	pass(carapi.Unlock.Spec(), RateUsual, KeyOptional),
	pass(carapi.Import.Spec(), RateUsual, KeyNone),
}

var trip = []Route{
	pass(tripapi.Reserve.Spec(), RateUsual, KeyOptional),
	pass(tripapi.CurrentReservation.Spec(), RateUsual, KeyNone),
	pass(tripapi.Extend.Spec(), RateUsual, KeyOptional),
	pass(tripapi.CancelReservation.Spec(), RateUsual, KeyNone),
	pass(tripapi.Start.Spec(), RateUsual, KeyOptional),
	pass(tripapi.List.Spec(), RateUsual, KeyNone),
	pass(tripapi.Current.Spec(), RateUsual, KeyNone),
	pass(tripapi.Get.Spec(), RateUsual, KeyNone),
	pass(tripapi.Pause.Spec(), RateUsual, KeyNone),
	pass(tripapi.Resume.Spec(), RateUsual, KeyNone),
	pass(tripapi.End.Spec(), RateUsual, KeyNone),
	pass(tripapi.OpsList.Spec(), RateUsual, KeyNone),
	pass(tripapi.OpsGet.Spec(), RateUsual, KeyNone),
	pass(tripapi.OpsEnd.Spec(), RateUsual, KeyNone),
	pass(tripapi.OpsWriteOff.Spec(), RateUsual, KeyNone),
	pass(tripapi.GetReceipt.Spec(), RateUsual, KeyNone),
	pass(tripapi.ReportIssue.Spec(), RateUsual, KeyOptional),
	pass(tripapi.OpsIssues.Spec(), RateUsual, KeyNone),
	pass(tripapi.OpsIssuePhoto.Spec(), RateUsual, KeyNone),
	pass(tripapi.CloseIssue.Spec(), RateUsual, KeyNone),
	pass(tripapi.Plans.Spec(), RateUsual, KeyNone),
	pass(tripapi.GetQuote.Spec(), RateUsual, KeyNone),
	pass(tripapi.ListPlans.Spec(), RateUsual, KeyNone),
	pass(tripapi.PublishPlan.Spec(), RateUsual, KeyOptional),
	pass(tripapi.RetirePlan.Spec(), RateUsual, KeyNone),
	pass(tripapi.GetZones.Spec(), RateUsual, KeyNone),
	pass(tripapi.PutZones.Spec(), RateUsual, KeyNone),
	pass(tripapi.ListPromotions.Spec(), RateUsual, KeyNone),
	pass(tripapi.CreatePromotion.Spec(), RateUsual, KeyOptional),
	pass(tripapi.EndPromotion.Spec(), RateUsual, KeyNone),
}

var blob = []Route{
	pass(blobapi.Upload.Spec(), RateUsual, KeyNone),
	pass(blobapi.Download.Spec(), RateUsual, KeyNone),
}
