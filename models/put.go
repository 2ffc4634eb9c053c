package models

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// putFile makes a file at to with the content of from, in the cheapest way that the file system has: a clone, a second
// name for the same file, a copy.
func putFile(ctx context.Context, from, to, what string, p Progress) error {
	from, err := filepath.EvalSymlinks(from) // a hard link to a symbolic link would be one
	if err != nil {
		return err
	}
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%w: not a regular file", ErrUnusable)
	}
	// Both fail between file systems, and a link to another user's file may be forbidden. A copy always works.
	if cloneFile(from, to) == nil || os.Link(from, to) == nil {
		return nil
	}
	return copyFile(ctx, from, to, info.Size(), what, p)
}

// copyFile copies to the end and onto the disk.
func copyFile(ctx context.Context, from, to string, size int64, what string, p Progress) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	p.Begin("copying "+what, 0, size)
	defer p.End()
	if _, err := io.Copy(io.MultiWriter(out, counter{p}), untilDone{ctx, in}); err != nil {
		return err
	}
	return out.Sync()
}

// untilDone is a Reader that ends with its context.
type untilDone struct {
	ctx context.Context
	io.Reader
}

func (u untilDone) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.Reader.Read(p)
}
