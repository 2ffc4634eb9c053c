package models

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// cloneFile makes a copy that shares its blocks with the original until one of them changes (FICLONE: Btrfs, XFS).
func cloneFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	err = errors.Join(unix.IoctlFileClone(int(out.Fd()), int(in.Fd())), out.Close())
	if err != nil {
		err = errors.Join(err, os.Remove(to))
	}
	return err
}
