package store

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"
	bolt "go.etcd.io/bbolt"
)

// originalName is an original's path under the data folder, with slashes, as backups have it too.
func originalName(sha [32]byte) string {
	h := hex.EncodeToString(sha[:])
	return originalsName + "/" + h[:2] + "/" + h
}

// OriginalPath is where the bytes of an upload lie.
func (s *Store) OriginalPath(sha [32]byte) string {
	return filepath.Join(s.dir, filepath.FromSlash(originalName(sha)))
}

// PutOriginal stores an upload's bytes under their SHA-256, on disk for good on return. Call it before the Add or Attach
// that records the upload; if that never comes, the next Open removes the file.
func (s *Store) PutOriginal(sha [32]byte, data []byte) error {
	if s.readOnly {
		return fmt.Errorf("store original: %w", ErrReadOnly)
	}
	if sha256.Sum256(data) != sha {
		return fmt.Errorf("store original: %w: the bytes do not have SHA-256 %x", ErrEntry, sha)
	}
	// The order makes the name durable only with the bytes behind it: file, fsync, rename, fsync of the folder.
	path := s.OriginalPath(sha)
	err := makeDir(filepath.Dir(path))
	if err == nil && !s.claim(sha, int64(len(data))) {
		// renameio syncs the file before it renames it.
		err = renameio.WriteFile(path, data, 0o600, renameio.WithTempDir(filepath.Dir(path)))
	}
	if err == nil {
		err = syncDir(filepath.Dir(path))
	}
	return wrap("store original", err)
}

// claim keeps an original from being removed until its record comes, and reports whether it is there already. The claim
// comes first: from then on a delete of its last reference leaves the file alone.
func (s *Store) claim(sha [32]byte, size int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fresh[sha]++
	info, err := os.Stat(s.OriginalPath(sha))
	return err == nil && info.Size() == size
}

// release ends one claim: the record has come. mu is held.
func (s *Store) release(sha [32]byte) {
	if s.fresh[sha]--; s.fresh[sha] <= 0 {
		delete(s.fresh, sha)
	}
}

// hold keeps every original where it is until the function that it returns is called.
func (s *Store) hold() (release func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.holds++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.holds--
		s.bury()
	}
}

// bury removes the doomed originals unless something refers to them again, or still reads them. mu is held. Their records
// are gone for good by now, so a file that cannot be removed, or that a power failure brings back, is no failure of the
// delete: Check tells of it, and Open tries again.
func (s *Store) bury() {
	if s.holds > 0 {
		return
	}
	for sha := range s.doomed {
		used, err := s.referred(sha)
		if err == nil && !used && s.fresh[sha] == 0 {
			_ = os.Remove(s.OriginalPath(sha))
		}
	}
	clear(s.doomed)
}

// referred reports whether a record refers to an original, as of now.
func (s *Store) referred(sha [32]byte) (used bool, err error) {
	err = s.view(func(tx *bolt.Tx) (err error) {
		used, err = isOriginal(tx, sha)
		return err
	})
	return used, err
}

// isOriginal reports the same as of a transaction. Any image with an upload of these bytes is the one that sha256 names.
func isOriginal(tx *bolt.Tx, sha [32]byte) (bool, error) {
	v := tx.Bucket(bucketSHA256).Get(sha[:])
	if v == nil {
		return false, nil
	}
	r, err := decodeSHA(v)
	return r.uploads > 0, err
}

// sweep removes what a crash left in the originals folder: originals whose record never came or is gone, and half-written
// files. Like bury it leaves what it cannot remove to Check.
func (s *Store) sweep() error {
	return s.view(func(tx *bolt.Tx) error {
		strays, err := s.strays(tx)
		for _, name := range strays {
			_ = os.Remove(filepath.Join(s.dir, originalsName, name))
		}
		return wrap("look for stray originals", err)
	})
}

// strays lists the files under the originals folder that were left by a crash. Files that the store cannot have made
// (a file manager's, say) are nobody's business.
func (s *Store) strays(tx *bolt.Tx) (strays []string, err error) {
	root := filepath.Join(s.dir, originalsName)
	err = fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case name == "." && errors.Is(err, fs.ErrNotExist):
			return fs.SkipAll // no upload yet
		case err != nil:
			return err
		}
		if sha, ok := parseOriginal(name); ok {
			if used, err := isOriginal(tx, sha); used || err != nil {
				return err
			}
		} else if !isHalfOriginal(name) {
			return nil
		}
		strays = append(strays, name)
		return nil
	})
	return strays, err
}

// parseOriginal gives the hash in the path of an original under the originals folder, which is not a name for anything
// else: "ab/abcdef...", 64 digits.
func parseOriginal(name string) (sha [32]byte, ok bool) {
	if len(name) != 3+hex.EncodedLen(len(sha)) {
		return sha, false
	}
	_, err := hex.Decode(sha[:], []byte(name[3:]))
	return sha, err == nil && originalsName+"/"+name == originalName(sha)
}

// isHalfOriginal recognises what renameio names a file until it is whole: "ab/.abcdef..." and some digits.
func isHalfOriginal(name string) bool {
	const whole = len("ab/.") + 2*sha256.Size
	if len(name) <= whole || name[3] != '.' {
		return false
	}
	_, ok := parseOriginal(name[:3] + name[4:whole])
	return ok
}
