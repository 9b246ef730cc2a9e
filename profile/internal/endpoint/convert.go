package endpoint

import (
	"freecar/internal/wire"
	"freecar/profile"
	"freecar/profile/profileapi"
)

func toForm(r profileapi.LicenceForm) profile.Form {
	return profile.Form{Number: r.Number, FullName: r.FullName, BirthDate: r.BirthDate, ExpiresOn: r.ExpiresOn, Country: r.Country}
}

func fromLicence(l profile.Licence) profileapi.Licence {
	return profileapi.Licence{
		Status: string(l.Status), Reason: orNil(l.Reason),
		Number: l.Number, FullName: l.FullName, Country: l.Country,
		BirthDate: l.BirthDate.String(), ExpiresOn: l.ExpiresOn.String(),
		SubmittedAt: wire.FromTime(l.SubmittedAt),
	}
}

func fromLicenceForStaff(l profile.Licence) profileapi.StaffLicence {
	return profileapi.StaffLicence{
		AccountID: l.Account, Status: string(l.Status), Reason: orNil(l.Reason),
		Number: l.Number, FullName: l.FullName, Country: l.Country,
		BirthDate: l.BirthDate.String(), ExpiresOn: l.ExpiresOn.String(),
		SubmittedAt: wire.FromTime(l.SubmittedAt), PhotoBlobID: orNil(l.PhotoID),
		DecidedAt: wire.FromTimeOrNil(l.DecidedAt), DecidedBy: orNil(l.DecidedBy),
	}
}

func fromUpload(u profile.PhotoUpload) profileapi.PhotoUpload {
	return profileapi.PhotoUpload{BlobID: u.BlobID, Upload: profileapi.Upload{
		Method: u.Method, URL: u.URL, Headers: u.Headers, ExpiresAt: wire.FromTime(u.ExpiresAt)}}
}

func orNil(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
