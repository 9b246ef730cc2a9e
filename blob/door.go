package blob

import (
	"context"
	"io"

	"freecar/internal/clock"
)

// door is the Door.
type door struct {
	vault  *Vault
	signer *Signer
}

// NewDoor opens the vault to holders of the signer's links.
func NewDoor(v *Vault, s *Signer) Door { return &door{vault: v, signer: s} }

// Receive stores the bytes of an upload.
func (d *door) Receive(ctx context.Context, u Incoming) error {
	o, err := d.admit(ctx, u.Grant)
	switch {
	case err != nil:
		return err
	case o.State == Stored:
		return ErrUploaded
	case u.Length > o.MaxSize:
		return ErrTooLarge
	}
	if _, err = d.vault.store.Put(ctx, o.ID, o.Limits(),
		&inTime{Reader: u.Body, ctx: ctx, clock: d.vault.clock, expires: u.Expires, left: u.Length}); err != nil {
		return err
	}
	// Who waits for the object hears of it at once. When that fails the bytes are there
	// all the same, and the first read or the sweep confirms them.
	if _, err := d.vault.confirmed(ctx, o); err != nil && !isMissing(err) {
		d.vault.log(ctx, "an upload is confirmed later", o.ID, err)
	}
	return nil
}

// Open gives the bytes of an object.
func (d *door) Open(ctx context.Context, g Grant) (Bytes, error) {
	o, err := d.admit(ctx, g)
	if err != nil {
		return Bytes{}, err
	}
	return d.vault.open(ctx, o)
}

// admit finds the object of a grant that holds. A grant for nothing is a forged one, so
// that nobody can ask which objects there are.
func (d *door) admit(ctx context.Context, g Grant) (Object, error) {
	o, err := d.vault.objects.Object(ctx, g.ID)
	switch {
	case isMissing(err):
		return Object{}, ErrBadSignature
	case err != nil:
		return Object{}, err
	}
	if err := d.signer.Check(g, o, d.vault.clock.Now()); err != nil {
		return Object{}, err
	}
	if o.State == Deleted {
		return Object{}, ErrNoObject
	}
	return o, nil
}

// inTime reads an upload as long as its link is good, to the length that was promised.
// It looks again at the end: bytes that come after UploadBefore are refused, however early
// they began.
type inTime struct {
	io.Reader
	ctx     context.Context
	clock   clock.Clock
	expires int64
	left    int64 // below 0 when nothing was promised
}

func (r *inTime) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := r.Reader.Read(b)
	switch {
	case r.clock.Now().UnixMilli() >= r.expires:
		return 0, ErrLinkExpired
	case err == io.EOF && r.left > int64(n):
		return n, io.ErrUnexpectedEOF
	}
	r.left -= min(int64(n), max(0, r.left))
	return n, err
}
