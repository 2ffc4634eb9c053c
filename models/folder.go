package models

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/renameio/v2"
)

// Names in the models folder that are no model's: none may begin with a dot.
const (
	inUseFile    = ".in-use"
	lockFile     = ".lock"
	downloadsDir = ".downloads"
	tempPattern  = ".tmp-*" // models being built or removed
)

// Folder is a data folder's models folder. It need not exist.
type Folder struct{ Dir string }

// List returns the installed models in the order of their names, and what is wrong with those that cannot be read.
func (f Folder) List() (list []Manifest, damaged error) {
	entries, err := os.ReadDir(f.Dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, e := range entries {
		if !e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		m, err := readManifest(filepath.Join(f.Dir, e.Name()))
		if err != nil {
			damaged = errors.Join(damaged, err)
			continue
		}
		list = append(list, m)
	}
	return list, damaged
}

// Get returns an installed model; ErrNotInstalled when there is none of that name.
func (f Folder) Get(name string) (Manifest, error) {
	if err := CheckName(name); err != nil {
		return Manifest{}, err
	}
	m, err := readManifest(filepath.Join(f.Dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%w: %s", ErrNotInstalled, name)
	}
	return m, err
}

// Path is the folder of a model, which opens it.
func (f Folder) Path(m Manifest) string { return filepath.Join(f.Dir, m.Name) }

// Verify compares every file of a model with what the manifest recorded. ErrDamaged names those that differ.
func (f Folder) Verify(ctx context.Context, m Manifest) (damaged error) {
	for _, file := range m.Files {
		if err := ctx.Err(); err != nil {
			return err
		}
		path := filepath.Join(f.Dir, m.Name, file.Name)
		sum, err := hashFile(sha256.New(), path)
		switch {
		case err != nil:
			damaged = errors.Join(damaged, fmt.Errorf("%w: %w", ErrDamaged, err))
		case sum != file.SHA256:
			damaged = errors.Join(damaged, fmt.Errorf("%w: %s has SHA-256 %s, recorded is %s", ErrDamaged, path, sum, file.SHA256))
		}
	}
	return damaged
}

// Remove deletes a model. It is gone at once: what takes time has another name by then.
func (f Folder) Remove(ctx context.Context, name string) error {
	if err := CheckName(name); err != nil {
		return err
	}
	return f.locked(ctx, func() error {
		if _, err := os.Stat(filepath.Join(f.Dir, name)); err != nil {
			return fmt.Errorf("%w: %s", ErrNotInstalled, name)
		}
		// First, because a library without a choice works and one whose choice is gone does not.
		if inUse, _ := f.InUse(); inUse == name {
			if err := remove(filepath.Join(f.Dir, inUseFile)); err != nil {
				return err
			}
		}
		return f.discard(name)
	})
}

// discard moves a model aside and deletes it. A crash in between leaves what sweep removes.
func (f Folder) discard(name string) error {
	aside, err := os.MkdirTemp(f.Dir, tempPattern)
	if err != nil {
		return err
	}
	if err := os.Rename(filepath.Join(f.Dir, name), filepath.Join(aside, name)); err != nil {
		return errors.Join(err, os.Remove(aside))
	}
	return errors.Join(syncFile(f.Dir), os.RemoveAll(aside))
}

// InUse returns the name that Use set, which may be Starter; "" when none was set.
func (f Folder) InUse() (string, error) {
	data, err := os.ReadFile(filepath.Join(f.Dir, inUseFile))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	name := strings.TrimSpace(string(data))
	if err == nil && name != Starter {
		err = CheckName(name)
	}
	return name, err
}

// Use makes an installed model, or Starter, the one that the library uses.
func (f Folder) Use(ctx context.Context, name string) error {
	return f.locked(ctx, func() error {
		if name != Starter {
			if _, err := f.Get(name); err != nil {
				return err
			}
		}
		err := renameio.WriteFile(filepath.Join(f.Dir, inUseFile), []byte(name+"\n"), 0o644)
		return errors.Join(err, syncFile(f.Dir))
	})
}

// locked runs what changes the folder, one process at a time.
func (f Folder) locked(ctx context.Context, change func() error) error {
	if err := f.make(); err != nil {
		return err
	}
	unlock, err := lock(ctx, filepath.Join(f.Dir, lockFile), func() {})
	if err != nil {
		return err
	}
	defer unlock()
	return change()
}

// make makes the folder. Like the data folder above it, which may be new too, it is its owner's alone.
func (f Folder) make() error { return os.MkdirAll(f.Dir, 0o700) }
