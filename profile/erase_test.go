package profile_test

import (
	"context"
	"errors"
	"testing"

	"freecar/internal/errs"
	"freecar/internal/photo"
	"freecar/profile"
)

func (album) Create(context.Context, string, string, int64) (photo.Upload, error) {
	return photo.Upload{BlobID: "late"}, nil
}

// TestErase is what comes after a person's erasure, of who had a licence and of who had
// nothing: it was on its way, or its sign-in was still good.
func TestErase(t *testing.T) {
	d := newDesk(t, policy)
	d.waiting(t, "1")
	for _, account := range []string{"1", "2"} {
		for range 2 {
			if err := d.Erase(t.Context(), account); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := d.Submit(t.Context(), account, form); !errors.Is(err, profile.ErrErased) {
			t.Errorf("%s sends a licence: %v", account, err)
		}
		if _, err := d.AttachPhoto(t.Context(), profile.AttachPhoto{Account: account}); !errors.Is(err, profile.ErrErased) {
			t.Errorf("%s sends a photo: %v", account, err)
		}
		if err := d.PhotoStored(t.Context(), account, "photo-"+account); err != nil {
			t.Errorf("the news of %s's upload: %v", account, err)
		}
		if _, err := d.Licence(t.Context(), account); errs.KindOf(err) != errs.NotFound {
			t.Errorf("%s has one: %v", account, err)
		}
		history, err := d.store.Outbox().History(t.Context(), account)
		if err != nil || len(history) == 0 || history[len(history)-1].Type != "freecar.profile.licence_erased.v1" {
			t.Errorf("%s: %v, %v", account, history, err)
		}
	}
}
