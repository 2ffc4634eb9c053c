package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
	"golang.org/x/sys/unix"
)

// schemaVersion is what this program writes, and the newest that it reads. docs/format.md has the history.
const schemaVersion = 1

// A lock whose holder cannot be named may be a process that has just locked the database and not yet written
// owner.json, or one that has removed it and is about to unlock: both take milliseconds.
const (
	lockPause    = 10 * time.Millisecond
	lockPatience = 300 * time.Millisecond
)

// openDatabase locks and opens the bbolt file, or says who has it.
func openDatabase(dir string, readOnly bool) (*bolt.DB, error) {
	for waited := time.Duration(0); ; waited += lockPause {
		db, err := openBolt(filepath.Join(dir, databaseName), readOnly)
		if !errors.Is(err, bolterrors.ErrTimeout) {
			return db, err
		}
		switch owner, err := ReadOwner(dir); {
		case err == nil:
			return nil, fmt.Errorf("%w by process %d: stop it first, or choose another data folder", ErrInUse, owner.PID)
		case waited >= lockPatience:
			return nil, fmt.Errorf("%w by another process, one that only reads: wait until it ends, or choose another data folder", ErrInUse)
		}
		time.Sleep(lockPause)
	}
}

// openBolt opens the file. bbolt panics, or reads beyond the end of its memory map, when pages are damaged; both become
// ErrCorrupt here.
func openBolt(path string, readOnly bool) (db *bolt.DB, err error) {
	var file *os.File
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			// Nobody else lets go of the lock now, and closing the file does not: bbolt's memory map holds it too.
			err = errors.Join(damaged(path, r), unix.Flock(int(file.Fd()), unix.LOCK_UN), file.Close())
		}
	}()
	db, err = bolt.Open(path, 0o600, &bolt.Options{
		Timeout:      time.Millisecond, // under bbolt's own pause of 50 ms: one try
		FreelistType: bolt.FreelistMapType,
		// Check needs it, also when only reading.
		PreLoadFreelist: true,
		ReadOnly:        readOnly,
		OpenFile: func(name string, flag int, perm os.FileMode) (_ *os.File, err error) {
			file, err = os.OpenFile(name, flag, perm)
			return file, err
		},
	})
	var system *fs.PathError // no permission, no such folder: the file is not to blame
	switch {
	case err == nil && !isNamed(file, path): // who had it has compacted it: this one is gone
		return nil, errors.Join(bolterrors.ErrTimeout, db.Close())
	case err == nil:
		return checkSize(db)
	case errors.Is(err, bolterrors.ErrTimeout), errors.As(err, &system):
		return nil, err
	}
	return nil, damaged(path, err)
}

// damaged is the one message about a database file that cannot be read.
func damaged(path string, reason any) error {
	return fmt.Errorf("%s: %w: %v: restore a backup into a new folder", path, ErrCorrupt, reason)
}

// checkSize refuses a file that was cut off. Later the missing pages would be memory faults in the midst of some read.
func checkSize(db *bolt.DB) (*bolt.DB, error) {
	var want int64
	err := db.View(func(tx *bolt.Tx) error {
		want = tx.Size()
		return nil
	})
	info, statErr := os.Stat(db.Path())
	if err = errors.Join(err, statErr); err == nil && info.Size() < want {
		err = damaged(db.Path(), fmt.Sprintf("%d bytes long, it was %d", info.Size(), want))
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// checkSchema refuses what this program does not know, and gives an empty database its buckets.
func (s *Store) checkSchema() error {
	fresh := true
	err := s.view(func(tx *bolt.Tx) error {
		if k, _ := tx.Cursor().First(); k == nil {
			return nil
		}
		fresh = false
		return readSchema(tx)
	})
	if err != nil || s.readOnly && !fresh {
		return err
	}
	if !fresh {
		return s.createLater()
	}
	if err := s.db.Load().Update(createBuckets); err != nil {
		return fmt.Errorf("make database: %w", err)
	}
	return syncDir(s.dir)
}

// createLater gives an older folder the buckets it does not have yet.
func (s *Store) createLater() error {
	complete := true
	err := s.view(func(tx *bolt.Tx) error {
		for _, name := range laterBuckets {
			complete = complete && tx.Bucket(name) != nil
		}
		return nil
	})
	if err != nil || complete {
		return err
	}
	return s.guarded(func() error {
		return s.db.Load().Update(func(tx *bolt.Tx) error {
			for _, name := range laterBuckets {
				if _, err := tx.CreateBucketIfNotExists(name); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// readSchema reads the version, whose place and form, decimal digits, stay the same in every schema to come.
func readSchema(tx *bolt.Tx) error {
	meta := tx.Bucket(bucketMeta)
	if meta == nil {
		return fmt.Errorf("%w: a bbolt file, but not one of lookalike's", ErrCorrupt)
	}
	text := string(meta.Get(keySchema))
	version, err := strconv.Atoi(text)
	switch {
	case err != nil || version < 1:
		return fmt.Errorf("%w: schema version %q", ErrCorrupt, text)
	case version > schemaVersion:
		return newer("data folder", version)
	}
	for _, name := range firstBuckets {
		if tx.Bucket(name) == nil {
			return fmt.Errorf("%w: bucket %s is missing", ErrCorrupt, name)
		}
	}
	return nil
}

// newer is the one message about a schema of the future.
func newer(what string, version int) error {
	return fmt.Errorf("%w: the %s has schema %d, this program knows up to %d: use a lookalike at least as new as the one that wrote it",
		ErrNewer, what, version, schemaVersion)
}

// createBuckets makes an empty database, in one transaction with its schema version.
func createBuckets(tx *bolt.Tx) error {
	for _, name := range slices.Concat(firstBuckets, laterBuckets) {
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	counted, err := sealJSON(counts{})
	if err != nil {
		return err
	}
	meta := tx.Bucket(bucketMeta)
	return errors.Join(meta.Put(keySchema, []byte(strconv.Itoa(schemaVersion))), meta.Put(keyCounts, counted))
}
