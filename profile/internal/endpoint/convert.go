package endpoint

import (
	"freecar/internal/wire"
	"freecar/profile"
	"freecar/profile/profileapi"
)

func toForm(r profileapi.LicenceForm) profile.Form {
	return profile.Form{Number: r.Number, FullName: r.FullName, BirthDate: r.BirthDate, ExpiresOn: r.ExpiresOn, Country: r.Country}
}

func fromLicence(l profile.View) profileapi.Licence {
	return profileapi.Licence{
		Status: string(l.Status), Reason: orNil(reason(l)),
		Number: l.Number, FullName: l.FullName, Country: l.Country,
		BirthDate: l.BirthDate.String(), ExpiresOn: l.ExpiresOn.String(),
		SubmittedAt: wire.FromTime(l.SubmittedAt),
	}
}

func fromLicenceForStaff(l profile.View) profileapi.StaffLicence {
	return profileapi.StaffLicence{
		AccountID: l.Account, Status: string(l.Status), Reason: orNil(reason(l)),
		Number: l.Number, FullName: l.FullName, Country: l.Country,
		BirthDate: l.BirthDate.String(), ExpiresOn: l.ExpiresOn.String(),
		SubmittedAt: wire.FromTime(l.SubmittedAt), PhotoBlobID: orNil(l.Photo.Current),
		DecidedAt: wire.FromTimeOrNil(l.DecidedAt), DecidedBy: orNil(l.DecidedBy),
		Version: l.Revision,
	}
}

// reason is what keeps a licence that was decided on from being enough.
func reason(v profile.View) string {
	if v.Status == profile.Verified {
		return v.Verdict.Reason
	}
	return v.Reason
}

func fromInspection(i profile.Inspection) profileapi.Inspection {
	return profileapi.Inspection{StaffLicence: fromLicenceForStaff(i.View), DuplicateOf: orNil(i.DuplicateOf), Reading: fromReading(i)}
}

func fromReading(i profile.Inspection) *profileapi.Reading {
	r := i.Reading
	if r.PhotoID == "" {
		return nil
	}
	reading := &profileapi.Reading{At: wire.FromTime(r.At), By: r.By, Outcome: string(r.Outcome), Fields: make([]profileapi.FieldReading, 0, len(i.Fields))}
	for _, f := range i.Fields {
		reading.Fields = append(reading.Fields, profileapi.FieldReading{Field: f.Field, Read: orNil(f.Read), Matches: f.Matches})
	}
	return reading
}

func orNil(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
