package store

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// maxManifest bounds what Restore reads into memory.
const maxManifest = 1 << 20

// Restore makes a data folder from what Backup wrote. The folder must not exist, or be empty. The archive is unpacked
// into a folder beside it, checked whole, and only then given its name: there is a complete folder afterwards or none.
func Restore(dir string, r io.Reader) error {
	dir, err := filepath.Abs(dir)
	if err == nil {
		err = restore(dir, r)
	}
	return wrap("restore into "+dir, err)
}

// restore does all of its work in a folder beside dir, on the same file system, so that the last step is one rename.
func restore(dir string, r io.Reader) error {
	if names, err := os.ReadDir(dir); err == nil && len(names) > 0 {
		return fmt.Errorf("%w: choose one that does not exist", ErrNotEmpty)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	parent := filepath.Dir(dir)
	if err := makeDir(parent); err != nil {
		return err
	}
	stage, err := os.MkdirTemp(parent, "."+filepath.Base(dir)+".restore-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(stage) }() // nothing is there any more when all went well
	if err := unpack(stage, r); err != nil {
		return err
	}
	if err := verify(stage); err != nil {
		return err
	}
	return install(stage, dir)
}

// unpack writes the archive's members into a folder, each of them fsynced and of the checksum it should have.
func unpack(stage string, r io.Reader) error {
	u := unpacker{stage: stage, tar: tar.NewReader(r)}
	for _, step := range []func() error{u.readManifest, u.readDatabase, u.readOriginals} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// unpacker reads an archive from start to end; every method takes what must come next.
type unpacker struct {
	stage    string
	tar      *tar.Reader
	manifest manifest
}

// next gives the next member. Only plain files have a place in a backup.
func (u *unpacker) next() (*tar.Header, error) {
	h, err := u.tar.Next()
	switch {
	case errors.Is(err, io.EOF):
		return nil, io.EOF
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrBackup, err)
	case h.Typeflag != tar.TypeReg:
		return nil, fmt.Errorf("%w: %q is not a plain file", ErrBackup, h.Name)
	}
	return h, nil
}

// expect gives the size of the next member, which must have this name.
func (u *unpacker) expect(name string) (int64, error) {
	h, err := u.next()
	if errors.Is(err, io.EOF) {
		return 0, fmt.Errorf("%w: it ends before %s", ErrBackup, name)
	}
	if err != nil {
		return 0, err
	}
	if h.Name != name {
		return 0, fmt.Errorf("%w: %q stands where %s should", ErrBackup, h.Name, name)
	}
	return h.Size, nil
}

// readManifest refuses a newer backup before anything is written.
func (u *unpacker) readManifest() error {
	if _, err := u.expect(manifestName); err != nil {
		return err
	}
	if err := json.NewDecoder(io.LimitReader(u.tar, maxManifest)).Decode(&u.manifest); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrBackup, manifestName, err)
	}
	if u.manifest.Schema > schemaVersion || u.manifest.Version > backupVersion {
		return newer("backup", u.manifest.Schema)
	}
	return nil
}

// readDatabase copies the database. Its checksum only shows that the archive is whole; verify looks inside.
func (u *unpacker) readDatabase() error {
	size, err := u.expect(databaseName)
	if err != nil {
		return err
	}
	if want := u.manifest.Database.Bytes; size != want {
		return fmt.Errorf("%w: %s has %d bytes, the manifest says %d", ErrBackup, databaseName, size, want)
	}
	return u.write(databaseName, u.manifest.Database.SHA256)
}

// readOriginals takes the rest of the archive. A name is never a path to follow: it must be exactly that of an original.
func (u *unpacker) readOriginals() error {
	for n := 0; ; n++ {
		h, err := u.next()
		if errors.Is(err, io.EOF) && n == u.manifest.Originals {
			return nil
		}
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("%w: it has %d originals, the manifest says %d", ErrBackup, n, u.manifest.Originals)
		}
		if err != nil {
			return err
		}
		name, under := strings.CutPrefix(h.Name, originalsName+"/")
		sha, ok := parseOriginal(name)
		if !under || !ok {
			return fmt.Errorf("%w: %q has no place in it", ErrBackup, h.Name)
		}
		if err := u.write(h.Name, sha); err != nil {
			return err
		}
	}
}

// write copies the current member into the stage and compares its checksum.
func (u *unpacker) write(name string, want [32]byte) error {
	sum := sha256.New()
	err := writeFile(filepath.Join(u.stage, filepath.FromSlash(name)), io.TeeReader(u.tar, sum))
	var disk *fs.PathError
	switch {
	case errors.As(err, &disk) && !errors.Is(err, fs.ErrExist):
		return err
	case err != nil: // the archive ends too soon, or has the member twice
		return fmt.Errorf("%w: %s: %w", ErrBackup, name, err)
	case [32]byte(sum.Sum(nil)) != want:
		return fmt.Errorf("%w: %s does not have the SHA-256 %x", ErrBackup, name, want)
	}
	return nil
}

// writeFile makes a new file, fsynced, and the folder it is in.
func writeFile(path string, r io.Reader) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// verify opens the restored folder and checks all of it. For reading only: opening for writing would clean up an original
// too many instead of reporting it.
func verify(stage string) error {
	s, err := Open(stage, Options{ReadOnly: true})
	if err != nil {
		return err
	}
	return errors.Join(s.Check(), s.Close())
}

// install makes the staged folders durable and gives the whole its name.
func install(stage, dir string) error {
	err := filepath.WalkDir(stage, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		return syncDir(path)
	})
	if err != nil {
		return err
	}
	// The rename needs the name to be free: Go renames onto no folder, even an empty one.
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: a restored folder takes its place, so choose one that does not exist (inside it, if it is a mount)", err)
	}
	return errors.Join(os.Rename(stage, dir), syncDir(filepath.Dir(dir)))
}
