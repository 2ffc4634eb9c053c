package models

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/google/renameio/v2"
)

// Probe opens the model in a folder.
type Probe func(dir string) (Facts, error)

// Located is a file of a model and where it lies now.
type Located struct {
	File        // SHA256 is empty when it is not known yet
	Path string // may be a symbolic link
}

// Found is a model that can be installed.
type Found struct {
	Origin
	Files []Located
}

// Install takes a model into the folder: already when the very same one is there and sound. ErrExists when another one
// has the name, ErrUnusable when probe cannot open it.
func (f Folder) Install(ctx context.Context, name string, found Found, probe Probe, p Progress) (m Manifest, already bool, err error) {
	if err := CheckName(name); err != nil {
		return m, false, err
	}
	err = f.locked(ctx, func() error {
		if err := f.sweep(); err != nil {
			return err
		}
		temp, err := os.MkdirTemp(f.Dir, tempPattern)
		if err != nil {
			return err
		}
		defer os.RemoveAll(temp) // nothing, once the model has its name
		// The folder has the model's name from the start, for whatever probe notes of it.
		dir := filepath.Join(temp, name)
		built, err := build(ctx, dir, name, found, p)
		if err != nil {
			return err
		}
		if m, already, err = f.holds(ctx, built); err != nil || already {
			return err
		}
		m = built
		if m.Facts, err = probe(dir); err != nil {
			return fmt.Errorf("%w: %w", ErrUnusable, err)
		}
		return f.name(dir, m)
	})
	return m, already, err
}

// sweep removes what a killed process was building or removing.
func (f Folder) sweep() error {
	temps, err := filepath.Glob(filepath.Join(f.Dir, tempPattern))
	for _, t := range temps {
		err = errors.Join(err, os.RemoveAll(t))
	}
	return err
}

// build puts the files into dir and compares them with what is known of them.
func build(ctx context.Context, dir, name string, found Found, p Progress) (Manifest, error) {
	m := Manifest{Format: manifestFormat, Name: name, Origin: found.Origin, Installed: time.Now().UTC().Truncate(time.Second)}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return m, err
	}
	for _, file := range found.Files {
		to := filepath.Join(dir, file.Name)
		if err := putFile(ctx, file.Path, to, file.Name, p); err != nil {
			return m, fmt.Errorf("take in %s: %w", file.Path, err)
		}
		if err := checkPointer(to, file.Path); err != nil {
			return m, err
		}
		// Of what was written, not of what was read: this also verifies the copy.
		sum, err := hashFile(sha256.New(), to)
		if err != nil {
			return m, err
		}
		if file.SHA256 != "" && file.SHA256 != sum {
			return m, fmt.Errorf("%w: %s has SHA-256 %s, expected is %s", ErrContent, file.Path, sum, file.SHA256)
		}
		m.Files = append(m.Files, File{Name: file.Name, Size: fileSize(to), SHA256: sum})
	}
	return m, nil
}

// holds returns the model on record if it is exactly m, and sound. ErrExists when its name is another's.
func (f Folder) holds(ctx context.Context, m Manifest) (have Manifest, already bool, err error) {
	dir := filepath.Join(f.Dir, m.Name)
	if _, err := os.Lstat(dir); errors.Is(err, os.ErrNotExist) {
		return have, false, nil
	}
	have, err = readManifest(dir)
	if err != nil {
		return have, false, fmt.Errorf("%w: %w", ErrExists, err)
	}
	if !slices.Equal(have.Files, m.Files) {
		return have, false, fmt.Errorf("%w: %s is %s", ErrExists, m.Name, have.Origin)
	}
	if f.Verify(ctx, have) == nil {
		return have, true, ctx.Err()
	}
	return have, false, f.discard(m.Name) // the same model, damaged: it is installed anew
}

// name writes the manifest and gives the model its name, when all of it is on disk.
func (f Folder) name(dir string, m Manifest) error {
	data, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	if err := renameio.WriteFile(filepath.Join(dir, manifestFile), append(data, '\n'), 0o644); err != nil {
		return err
	}
	return errors.Join(syncFile(dir), os.Rename(dir, filepath.Join(f.Dir, m.Name)), syncFile(f.Dir))
}

// String names the origin in a sentence.
func (o Origin) String() string {
	if o.Commit != "" {
		return fmt.Sprintf("%s at commit %.12s", o.Source, o.Commit)
	}
	return o.Source
}
