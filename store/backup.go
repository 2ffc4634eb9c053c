package store

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	bolt "go.etcd.io/bbolt"
)

// backupVersion is the layout of the archive: manifest.json, lookalike.db, originals/ab/abcdef..., in this order.
const backupVersion = 1

// manifestName is the archive's first file. It comes first so that Restore refuses a newer backup before it writes, and
// knows what must follow. Originals need no checksum there: their name is one.
const manifestName = "manifest.json"

type manifest struct {
	Version   int       `json:"version"`
	Schema    int       `json:"schema"`
	Created   time.Time `json:"created"`
	Database  dbSum     `json:"database"`
	Originals int       `json:"originals"`
}

// dbSum is the database file's size and checksum.
type dbSum struct {
	Bytes  int64   `json:"bytes"`
	SHA256 hexHash `json:"sha256"`
}

// snapshot is the database at one moment, in a file without a name, and the originals that it refers to.
type snapshot struct {
	file      *os.File
	manifest  manifest
	originals [][32]byte
}

// Backup writes a tar archive of the folder as it is at one moment, for Restore. Adding, deleting and searching go on
// meanwhile; originals that are deleted stay on disk until the backup has read them.
func (s *Store) Backup(w io.Writer) error {
	release := s.hold()
	defer release()
	snap, err := s.snapshot()
	if err == nil {
		err = errors.Join(s.writeArchive(w, snap), snap.file.Close())
	}
	return wrap("back up "+s.dir, err)
}

// snapshot copies the database to a temporary file, because a slow reader of the archive must not keep a transaction open:
// it would stop the database from growing.
func (s *Store) snapshot() (*snapshot, error) {
	f, err := os.CreateTemp(s.dir, tempPattern)
	if err != nil {
		return nil, err
	}
	snap := &snapshot{file: f, manifest: manifest{Version: backupVersion, Schema: schemaVersion, Created: tidyTime(time.Now())}}
	if err = os.Remove(f.Name()); err == nil { // it lives until it is closed
		err = s.view(snap.take)
	}
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err == nil {
		err = s.checkPresent(snap.originals)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return snap, nil
}

// take copies the database out of one transaction and lists its originals from the same: both are of one moment.
func (snap *snapshot) take(tx *bolt.Tx) error {
	sum := sha256.New()
	n, err := tx.WriteTo(io.MultiWriter(snap.file, sum))
	if err != nil {
		return err
	}
	snap.manifest.Database = dbSum{n, hexHash(sum.Sum(nil))}
	snap.originals, err = originals(tx)
	snap.manifest.Originals = len(snap.originals)
	return err
}

// originals lists the originals that records refer to.
func originals(tx *bolt.Tx) (list [][32]byte, err error) {
	err = tx.Bucket(bucketSHA256).ForEach(func(k, v []byte) error {
		r, err := decodeSHA(v)
		if err == nil && len(k) != 32 {
			err = fmt.Errorf("%w: hash of %d bytes", ErrCorrupt, len(k))
		}
		if err == nil && r.uploads > 0 {
			list = append(list, [32]byte(k))
		}
		return err
	})
	return list, err
}

// checkPresent fails before the first byte is written, rather than in the midst of an archive, if something is missing.
func (s *Store) checkPresent(originals [][32]byte) error {
	for _, sha := range originals {
		if _, err := os.Stat(s.OriginalPath(sha)); err != nil {
			return fmt.Errorf("%w: %w: put the file back, or delete its image", ErrNoOriginal, err)
		}
	}
	return nil
}

// writeArchive writes the members in the order that Restore expects.
func (s *Store) writeArchive(w io.Writer, snap *snapshot) error {
	text, err := json.MarshalIndent(snap.manifest, "", "  ")
	if err != nil {
		return err
	}
	a := archive{tar.NewWriter(w), snap.manifest.Created}
	if err := a.add(manifestName, int64(len(text)), bytes.NewReader(text)); err != nil {
		return err
	}
	if err := a.add(databaseName, snap.manifest.Database.Bytes, snap.file); err != nil {
		return err
	}
	for _, sha := range snap.originals {
		if err := a.addOriginal(s.OriginalPath(sha), sha); err != nil {
			return err
		}
	}
	return a.Close()
}

// archive is a tar file whose members all have the backup's time.
type archive struct {
	*tar.Writer
	created time.Time
}

// add writes one member. tar notices when r has fewer bytes than size, or more.
func (a archive) add(name string, size int64, r io.Reader) error {
	err := a.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, ModTime: a.created})
	if err == nil {
		_, err = io.Copy(a, r)
	}
	return wrap(name, err)
}

// addOriginal adds an original, and fails if its bytes have rotted: Restore would not take the archive.
func (a archive) addOriginal(path string, sha [32]byte) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	sum := sha256.New()
	if err := a.add(originalName(sha), info.Size(), io.TeeReader(f, sum)); err != nil {
		return err
	}
	if [32]byte(sum.Sum(nil)) != sha {
		return fmt.Errorf("%w: original %s does not have the SHA-256 it is named by: put it back, or delete its image", ErrCorrupt, path)
	}
	return nil
}
