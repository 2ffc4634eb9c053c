package store

import (
	"fmt"
	"os"
	"path/filepath"

	bolt "go.etcd.io/bbolt"
)

// compactBatch is how many bytes of values Compact writes in one transaction. Each leaves a few free pages behind.
const compactBatch = 16 << 20

// Compacted says what Compact has gained.
type Compacted struct {
	Before, After int64 // bytes of the database file
}

// Compact writes the database anew without its free pages, which bbolt uses again but never gives back, and puts the new
// file in the place of the old one. Reading goes on meanwhile; writing waits. progress hears how many bytes are copied, of
// about how many; its error ends the work, and the old file stays. So it does when the process is killed:
//
//	.tmp-... written -> fsynced -> locked by us -> renamed -> folder fsynced -> readers find it -> the old one is closed
func (s *Store) Compact(progress func(done, of int64) error) (Compacted, error) {
	if s.readOnly {
		return Compacted{}, fmt.Errorf("compact: %w", ErrReadOnly)
	}
	old, c, err := s.replaceDatabase(progress)
	if old != nil {
		// Those who still read in it are waited for, and nobody waits for us.
		if closed := old.Close(); err == nil {
			err = closed
		}
	}
	return c, wrap("compact "+s.dir, err)
}

// replaceDatabase gives the database that was replaced, if it was.
func (s *Store) replaceDatabase(progress func(done, of int64) error) (old *bolt.DB, c Compacted, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.Before, err = fileSize(s.path()); err != nil {
		return nil, c, err
	}
	temp, err := s.compactCopy(progress)
	if temp != "" {
		defer func() { _ = os.Remove(temp) }() // not there any more when all went well
	}
	if err != nil {
		return nil, c, err
	}
	if c.After, err = fileSize(temp); err != nil {
		return nil, c, err
	}
	// Locked before it gets its name, the database is at no moment anybody else's.
	db, err := openBolt(temp, false)
	if err != nil {
		return nil, c, err
	}
	if err := os.Rename(temp, s.path()); err != nil {
		_ = db.Close()
		return nil, c, err
	}
	return s.db.Swap(db), c, syncDir(s.dir)
}

func fileSize(path string) (int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// compactCopy makes a copy of the database that is on disk, as long as its pages are.
func (s *Store) compactCopy(progress func(done, of int64) error) (path string, err error) {
	f, err := os.CreateTemp(s.dir, tempPattern)
	if err != nil {
		return "", err
	}
	defer f.Close()
	path = f.Name()
	db, err := openBolt(path, false)
	if err != nil {
		return path, err
	}
	db.NoSync = true // once, at the end
	var size int64
	err = s.view(func(tx *bolt.Tx) error {
		c := copier{to: db, progress: progress, of: s.used(tx)}
		return tx.ForEach(c.bucket)
	})
	if err == nil {
		err = db.View(func(tx *bolt.Tx) error {
			size = tx.Size()
			return nil
		})
	}
	if closed := db.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = f.Truncate(size) // bbolt grows its file in large steps
	}
	if err == nil {
		err = f.Sync()
	}
	return path, err
}

// used is how many bytes the pages have that are not free.
func (s *Store) used(tx *bolt.Tx) int64 { return tx.Size() - freeBytes(tx.DB()) }

// freeBytes are those of pages that bbolt will use again.
func freeBytes(db *bolt.DB) int64 {
	st := db.Stats()
	return int64(st.FreePageN+st.PendingPageN) * int64(db.Info().PageSize)
}

// copier copies buckets value by value, in as many transactions as it takes.
type copier struct {
	to       *bolt.DB
	progress func(done, of int64) error
	done, of int64
}

// bucket copies one, with the numbers that it has given out.
func (c *copier) bucket(name []byte, from *bolt.Bucket) error {
	err := c.to.Update(func(tx *bolt.Tx) error {
		b, err := tx.CreateBucket(name)
		if err != nil {
			return err
		}
		return b.SetSequence(from.Sequence())
	})
	cur := from.Cursor()
	for k, v := cur.First(); k != nil && err == nil; {
		if err = c.progress(min(c.done, c.of), c.of); err != nil {
			return err
		}
		err = c.to.Update(func(tx *bolt.Tx) error {
			b := tx.Bucket(name)
			b.FillPercent = appendFill
			for end := c.done + compactBatch; k != nil && c.done < end; k, v = cur.Next() {
				if v == nil {
					return fmt.Errorf("%w: %s: key %x says that it is a bucket", ErrCorrupt, name, k)
				}
				if err := b.Put(k, v); err != nil {
					return err
				}
				c.done += int64(len(k) + len(v))
			}
			return nil
		})
	}
	return err
}

// path is that of the database.
func (s *Store) path() string { return filepath.Join(s.dir, databaseName) }
