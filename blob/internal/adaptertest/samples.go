// Package adaptertest is the contract of blob's driven ports, run over every adapter.
package adaptertest

import (
	"bytes"
	"time"

	"freecar/internal/ids"
)

var now = time.Date(2030, 5, 1, 12, 0, 0, 123e6, time.UTC)

func id() string { return ids.Random{}.New() }

// PNG is size bytes, 33 or more, that pass for an image/png: the signature and header of
// one, and zeros.
func PNG(size int) []byte {
	head := "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
	return append([]byte(head), bytes.Repeat([]byte{0}, size-len(head))...)
}

// JPEG is the beginning of an image/jpeg.
func JPEG() []byte { return []byte("\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01") }

// WebP is the beginning of an image/webp.
func WebP() []byte { return []byte("RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00/") }
