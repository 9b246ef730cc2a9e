// Package dir keeps the bytes of objects in a directory: a file each, spread over 256
// folders by the end of its name, which is random in our ids.
package dir

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"time"

	"freecar/blob"
	"freecar/blob/internal/media"
	"freecar/internal/clock"
	"freecar/internal/crash"
	"freecar/internal/errs"
	"freecar/internal/ids"
)

const (
	unfinished = "unfinished" // the folder of uploads under way
	// abandonedAfter is how old an unfinished upload is when its process must have died.
	abandonedAfter = 24 * time.Hour
	private        = 0o600
	privateFolder  = 0o700
)

// Objects is the store. Several processes may share a directory.
type Objects struct{ root *os.Root }

var _ blob.Store = (*Objects)(nil)

// Open opens or creates the directory, and removes what died half-way long ago.
func Open(directory string, c clock.Clock) (*Objects, error) {
	if err := os.MkdirAll(directory, privateFolder); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(directory)
	if err != nil {
		return nil, err
	}
	o := &Objects{root: root}
	if err := o.prepare(c.Now()); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return o, nil
}

// Close closes the directory.
func (o *Objects) Close() error { return o.root.Close() }

func (o *Objects) prepare(now time.Time) error {
	if err := o.root.MkdirAll(unfinished, privateFolder); err != nil {
		return err
	}
	entries, err := fs.ReadDir(o.root.FS(), unfinished)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) || err == nil && now.Sub(info.ModTime()) < abandonedAfter {
			continue
		}
		if err := errors.Join(err, o.remove(path.Join(unfinished, entry.Name()))); err != nil {
			return err
		}
	}
	return nil
}

// Put writes an unfinished file and gives it its name once it is whole. A link does so
// without ever replacing another.
func (o *Objects) Put(_ context.Context, id string, limits blob.Limits, body io.Reader) (content blob.Content, err error) {
	name, err := nameOf(id)
	if err != nil {
		return blob.Content{}, err
	}
	if _, err := o.root.Stat(name); err == nil {
		return blob.Content{}, blob.ErrUploaded
	}
	draft := path.Join(unfinished, ids.Random{}.New())
	defer func() { err = errors.Join(err, o.remove(draft)) }()
	if content, err = o.write(draft, body, limits); err != nil {
		return blob.Content{}, err
	}
	crash.At("written", "object")
	if err := o.publish(draft, name); err != nil {
		return blob.Content{}, err
	}
	crash.At("named", "object")
	return content, nil
}

func (o *Objects) write(draft string, body io.Reader, limits blob.Limits) (blob.Content, error) {
	file, err := o.root.OpenFile(draft, os.O_WRONLY|os.O_CREATE|os.O_EXCL, private)
	if err != nil {
		return blob.Content{}, err
	}
	content, err := media.Copy(file, body, limits)
	if err == nil {
		err = file.Sync()
	}
	return content, errors.Join(err, file.Close())
}

func (o *Objects) publish(draft, name string) error {
	folder := path.Dir(name)
	if err := o.root.MkdirAll(folder, privateFolder); err != nil {
		return err
	}
	err := o.root.Link(draft, name)
	if errors.Is(err, fs.ErrExist) {
		return blob.ErrUploaded
	}
	if err != nil {
		return err
	}
	return errors.Join(o.sync(folder), o.sync("."))
}

// sync makes the names in a folder safe from a power cut.
func (o *Objects) sync(folder string) error {
	f, err := o.root.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Stat looks what the bytes are.
func (o *Objects) Stat(_ context.Context, id string) (blob.Content, error) {
	file, err := o.open(id)
	if err != nil {
		return blob.Content{}, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return blob.Content{}, err
	}
	kind, err := media.Detect(file)
	return blob.Content{ContentType: kind, Size: info.Size()}, err
}

// Open reads the bytes.
func (o *Objects) Open(_ context.Context, id string) (io.ReadCloser, error) { return o.open(id) }

func (o *Objects) open(id string) (*os.File, error) {
	name, err := nameOf(id)
	if err != nil {
		return nil, blob.ErrNoObject
	}
	file, err := o.root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, blob.ErrNoObject
	}
	return file, err
}

// Delete removes the bytes. A power cut may bring them back: the sweep deletes again.
func (o *Objects) Delete(_ context.Context, id string) error {
	name, err := nameOf(id)
	if err != nil {
		return nil // there never were any
	}
	err = o.remove(name)
	crash.At("deleted", "object")
	return err
}

func (o *Objects) remove(name string) error {
	if err := o.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// nameOf is where an object is: only our own ids are names. Errors: Invalid.
func nameOf(id string) (string, error) {
	if !ids.Valid(id) {
		return "", errs.Invalidf("id", "invalid", "It must be the id of an object.").Because(fmt.Errorf("dir: %q", id))
	}
	return path.Join(id[len(id)-2:], id), nil
}
