package engine

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"lookalike/store"
)

// Get gives an image.
func (e *Engine) Get(id uint64) (Image, error) { return e.records.Image(id) }

// List gives up to limit images, newest first, and the cursor to pass as before for the next page: 0 after the last
// one. before 0 starts at the newest.
func (e *Engine) List(before uint64, limit int) (images []Image, next uint64, err error) {
	if limit <= 0 {
		return nil, 0, fmt.Errorf("list: %w: limit %d is not positive", ErrQuery, limit)
	}
	images, err = e.records.List(before, limit+1) // one more tells whether there is a next page
	if err != nil || len(images) <= limit {
		return images, 0, err
	}
	return images[:limit], images[limit-1].ID, nil
}

// FindPath gives the image that an imported file belongs to.
func (e *Engine) FindPath(path string) (Image, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return Image{}, err
	}
	id, _, ok, err := e.records.ByPath(path)
	if err == nil && !ok {
		err = fmt.Errorf("%s: %w", path, ErrNotFound)
	}
	if err != nil {
		return Image{}, err
	}
	return e.records.Image(id)
}

// Thumbnail gives an image's thumbnail, a JPEG that fits in ThumbnailSide x ThumbnailSide.
func (e *Engine) Thumbnail(id uint64) ([]byte, error) { return e.records.Thumbnail(id) }

// Original opens a file that holds an image's picture: the first that is there and still has the bytes that were
// added. ErrGone when there is none. Files of one image may differ in format, so tell that from the bytes.
func (e *Engine) Original(id uint64) (io.ReadSeekCloser, Image, error) {
	m, err := e.records.Image(id)
	if err != nil {
		return nil, Image{}, err
	}
	for _, f := range m.Files {
		if r, err := e.open(f); err == nil {
			return r, m, nil
		}
	}
	return nil, m, fmt.Errorf("image %d: %w: %s was moved, deleted or changed", id, ErrGone, m.Files[0].Path)
}

// open opens a file if it still has the bytes that were added.
func (e *Engine) open(f store.File) (*os.File, error) {
	if f.Uploaded {
		return os.Open(e.records.OriginalPath(f.SHA256))
	}
	r, err := os.OpenFile(f.Path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // opening a pipe that took the file's place must not wait
	if err != nil {
		return nil, err
	}
	if err := sameBytes(r, f); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// sameBytes compares an open file with its record: by size and time, and only if the time differs by reading it.
func sameBytes(r *os.File, f store.File) error {
	info, err := r.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() || info.Size() != f.Size {
		return ErrGone
	}
	if info.ModTime().Equal(f.ModTime) {
		return nil
	}
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return err
	}
	if [32]byte(h.Sum(nil)) != f.SHA256 {
		return ErrGone
	}
	_, err = r.Seek(0, io.SeekStart)
	return err
}
