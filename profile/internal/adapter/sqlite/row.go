package sqlite

import (
	"fmt"

	"github.com/go-json-experiment/json"

	"freecar/internal/photo"
	"freecar/internal/sqlitex"
	"freecar/profile"
)

// row is the document of a licence. Times are unix milliseconds, 0 for none; dates are
// YYYY-MM-DD, empty for none.
type row struct {
	Account     string     `json:"account"`
	Status      string     `json:"status"`
	Number      string     `json:"number,omitzero"`
	FullName    string     `json:"full_name,omitzero"`
	BirthDate   string     `json:"birth_date,omitzero"`
	ExpiresOn   string     `json:"expires_on,omitzero"`
	Country     string     `json:"country,omitzero"`
	PhotoID     string     `json:"photo_id,omitzero"`
	NextPhotoID string     `json:"next_photo_id,omitzero"`
	NextArrived bool       `json:"next_arrived,omitzero"`
	Reading     readingRow `json:"reading,omitzero"`
	Revision    int64      `json:"revision,omitzero"`
	Reason      string     `json:"reason,omitzero"`
	SubmittedAt int64      `json:"submitted_at,omitzero"`
	DecidedAt   int64      `json:"decided_at,omitzero"`
	DecidedBy   string     `json:"decided_by,omitzero"`
	ErasedAt    int64      `json:"erased_at,omitzero"`
	Version     int64      `json:"version"`
}

func encodeLicence(l profile.Licence) ([]byte, error) { return json.Marshal(toRow(l)) }

func decodeLicence(doc []byte) (profile.Licence, error) {
	var r row
	if err := json.Unmarshal(doc, &r); err != nil {
		return profile.Licence{}, fmt.Errorf("sqlite: a licence that cannot be read: %w", err)
	}
	return fromRow(r), nil
}

func toRow(l profile.Licence) row {
	return row{
		Account: l.Account, Status: string(l.Status),
		Number: l.Number, FullName: l.FullName, Country: l.Country,
		BirthDate: l.BirthDate.String(), ExpiresOn: l.ExpiresOn.String(),
		PhotoID: l.Photo.Current, NextPhotoID: l.Photo.Next, NextArrived: l.Photo.Arrived,
		Reading: toReadingRow(l.Reading), Revision: l.Revision, Reason: l.Reason,
		SubmittedAt: sqlitex.Millis(l.SubmittedAt), DecidedAt: sqlitex.Millis(l.DecidedAt), DecidedBy: l.DecidedBy,
		ErasedAt: sqlitex.Millis(l.ErasedAt), Version: l.Version,
	}
}

func fromRow(r row) profile.Licence {
	return profile.Licence{
		Account: r.Account, Status: profile.Status(r.Status),
		Submission: profile.Submission{
			Number: r.Number, FullName: r.FullName, Country: r.Country,
			BirthDate: fromDate(r.BirthDate), ExpiresOn: fromDate(r.ExpiresOn),
		},
		Photo:   photo.Slot{Current: r.PhotoID, Next: r.NextPhotoID, Arrived: r.NextArrived},
		Reading: fromReadingRow(r.Reading), Revision: r.Revision, Reason: r.Reason,
		SubmittedAt: sqlitex.FromMillis(r.SubmittedAt), DecidedAt: sqlitex.FromMillis(r.DecidedAt), DecidedBy: r.DecidedBy,
		ErasedAt: sqlitex.FromMillis(r.ErasedAt), Version: r.Version,
	}
}

// readingRow is the part of a licence's document about what was read of its photo.
type readingRow struct {
	PhotoID   string `json:"photo_id"`
	At        int64  `json:"at"`
	By        string `json:"by"`
	Outcome   string `json:"outcome"`
	Country   string `json:"country,omitzero"`
	Number    string `json:"number,omitzero"`
	FullName  string `json:"full_name,omitzero"`
	BirthDate string `json:"birth_date,omitzero"`
	ExpiresOn string `json:"expires_on,omitzero"`
}

func toReadingRow(r profile.Reading) readingRow {
	return readingRow{PhotoID: r.PhotoID, At: sqlitex.Millis(r.At), By: r.By, Outcome: string(r.Outcome),
		Country: r.Read.Country, Number: r.Read.Number, FullName: r.Read.FullName, BirthDate: r.Read.BirthDate.String(), ExpiresOn: r.Read.ExpiresOn.String()}
}

func fromReadingRow(r readingRow) profile.Reading {
	return profile.Reading{PhotoID: r.PhotoID, At: sqlitex.FromMillis(r.At), By: r.By, Outcome: profile.Outcome(r.Outcome),
		Read: profile.Text{Country: r.Country, Number: r.Number, FullName: r.FullName, BirthDate: fromDate(r.BirthDate), ExpiresOn: fromDate(r.ExpiresOn)}}
}

// uploadRow is the document of a kept answer.
type uploadRow struct {
	BlobID    string            `json:"blob_id"`
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers,omitzero"`
	ExpiresAt int64             `json:"expires_at"`
}

func encodeUpload(u photo.Upload) ([]byte, error) {
	return json.Marshal(uploadRow{BlobID: u.BlobID, Method: u.Method, URL: u.URL, Headers: u.Headers, ExpiresAt: sqlitex.Millis(u.ExpiresAt)})
}

func decodeUpload(doc []byte) (photo.Upload, error) {
	var r uploadRow
	if err := json.Unmarshal(doc, &r); err != nil {
		return photo.Upload{}, fmt.Errorf("sqlite: an answer that cannot be read: %w", err)
	}
	return photo.Upload{BlobID: r.BlobID, Method: r.Method, URL: r.URL, Headers: r.Headers, ExpiresAt: sqlitex.FromMillis(r.ExpiresAt)}, nil
}

func fromDate(s string) profile.Date {
	d, _ := profile.ParseDate(s) // empty for none
	return d
}
