package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Owner is the process that has a data folder open. A server announces where it listens, and the token by which a
// process that can read this file proves that it may do what a user of the folder may.
type Owner struct {
	PID   int    `json:"pid"`
	URL   string `json:"url,omitempty"`
	Token string `json:"token,omitempty"`
}

// ReadOwner tells who has the data folder open for writing; ErrNoOwner when nobody has. It never waits and disturbs
// nobody.
//
// A file left by a killed process is told apart by its lock: the owner holds a flock on the very file it wrote for as
// long as it lives, and the kernel drops that with the process. A process number could have been given again.
func ReadOwner(dir string) (Owner, error) {
	for {
		owner, replaced, err := readOwner(filepath.Join(dir, ownerName))
		if !replaced {
			return owner, err
		}
	}
}

// readOwner reports also that the file was replaced, by Announce or a new owner, after it was opened: its lock says
// nothing then.
func readOwner(path string) (o Owner, replaced bool, err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return o, false, fmt.Errorf("%s: %w", filepath.Dir(path), ErrNoOwner)
	}
	if err != nil {
		return o, false, fmt.Errorf("read owner: %w", err)
	}
	defer f.Close()
	switch err := unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB); err {
	case nil:
		return o, !isNamed(f, path), fmt.Errorf("%s: %w: it was left by a process that is gone", path, ErrNoOwner)
	case unix.EWOULDBLOCK:
	default:
		return o, false, fmt.Errorf("read owner: probe the lock of %s: %w", path, err)
	}
	if err := json.NewDecoder(f).Decode(&o); err != nil {
		return o, false, fmt.Errorf("read owner: %s: %w", path, err)
	}
	return o, false, nil
}

// isNamed reports whether an open file is still the one of that name, or at least no other is.
func isNamed(f *os.File, path string) bool {
	mine, err := f.Stat()
	now, err2 := os.Stat(path)
	return err != nil || err2 != nil || os.SameFile(mine, now)
}

// Announce tells other processes, through ReadOwner, where this one listens.
func (s *Store) Announce(url, token string) error {
	if s.readOnly {
		return fmt.Errorf("announce: %w", ErrReadOnly)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.owner == nil {
		return fmt.Errorf("announce: %w", ErrClosed)
	}
	return s.writeOwner(Owner{PID: os.Getpid(), URL: url, Token: token})
}

// writeOwner replaces owner.json. The lock is taken before the file gets its name, so that no reader ever finds it
// unlocked; renameio would close the file, and with it drop the lock. A power failure ends the owner too, so there is
// nothing to sync.
func (s *Store) writeOwner(o Owner) error {
	f, err := os.CreateTemp(s.dir, tempPattern) // mode 0600: it holds a token
	if err != nil {
		return fmt.Errorf("write owner: %w", err)
	}
	err = errors.Join(
		unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB),
		json.NewEncoder(f).Encode(o))
	if err == nil {
		err = os.Rename(f.Name(), filepath.Join(s.dir, ownerName))
	}
	if err != nil {
		return fmt.Errorf("write owner: %w", errors.Join(err, f.Close(), os.Remove(f.Name())))
	}
	if s.owner != nil {
		err = s.owner.Close()
	}
	s.owner = f
	return err
}

// removeOwner is writeOwner undone. There is none in a store opened for reading, or closed.
func (s *Store) removeOwner() error {
	if s.owner == nil {
		return nil
	}
	err := errors.Join(os.Remove(filepath.Join(s.dir, ownerName)), s.owner.Close())
	s.owner = nil
	return err
}
