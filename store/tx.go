package store

import (
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// appendFill is how full bbolt leaves a page when it splits one in buckets whose keys only grow. Its default, half,
// leaves room for keys that come in between, and here none do. Measured with BenchmarkAdd on a file system in memory: 0.9 takes
// 0.4 to 0.8 ms an image instead of 1.0 to 1.3, and 4% less space.
const appendFill = 0.9

// txn is a write transaction and what goes with it once it is committed.
type txn struct {
	*bolt.Tx
	store     *Store
	now       time.Time
	counts    counts
	lastSeq   uint64     // of the log
	uploads   [][32]byte // originals that now have a record
	abandoned [][32]byte // originals that may have lost their last
}

// view runs a read transaction: a picture of one moment, which writers neither wait for nor disturb. What fn takes out of
// it must be a copy; the bytes lie in the memory map, which moves when the file grows.
func (s *Store) view(fn func(tx *bolt.Tx) error) error {
	for {
		db := s.db.Load()
		err := s.guarded(func() error { return db.View(fn) })
		if !errors.Is(err, ErrClosed) || s.db.Load() == db { // else Compact has closed the one that it replaced
			return err
		}
	}
}

// update runs a write transaction, fsynced on return, and afterwards removes the originals that nothing refers to now.
// When fn fails nothing of it has happened, on disk or in the claims on originals.
func (s *Store) update(fn func(t *txn) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := &txn{store: s, now: tidyTime(time.Now())}
	err := s.guarded(func() error {
		return s.db.Load().Update(func(tx *bolt.Tx) error { return t.run(tx, fn) })
	})
	if err != nil {
		return err
	}
	for _, sha := range t.uploads {
		s.release(sha)
	}
	for _, sha := range t.abandoned {
		s.doomed[sha] = struct{}{}
	}
	s.bury()
	return nil
}

// run loads what every write needs, and saves it. The counts are one small record that each add and delete rewrites: bbolt
// writes whole pages, so it costs one page more, and Stats then reads that one instead of walking all.
func (t *txn) run(tx *bolt.Tx, fn func(t *txn) error) error {
	t.Tx = tx
	for _, name := range [][]byte{bucketImages, bucketThumbnails, bucketFiles, bucketLog} {
		tx.Bucket(name).FillPercent = appendFill
	}
	if err := t.fillVectors(); err != nil {
		return err
	}
	if err := unsealJSON(tx.Bucket(bucketMeta).Get(keyCounts), &t.counts); err != nil {
		return fmt.Errorf("counts: %w", err)
	}
	t.lastSeq = tx.Bucket(bucketLog).Sequence()
	before := t.counts
	if err := fn(t); err != nil || t.counts == before {
		return err
	}
	v, err := sealJSON(t.counts)
	if err != nil {
		return err
	}
	return tx.Bucket(bucketMeta).Put(keyCounts, v)
}

// fillVectors says that the keys of the vectors grow, too, and of those that are being made.
func (t *txn) fillVectors() error {
	g, err := currentGeneration(t.Tx)
	if err != nil {
		return err
	}
	job, err := readJob(t.Tx)
	if err != nil {
		return err
	}
	for _, g := range []generation{g, generation(job.Generation)} {
		if b := t.Bucket(g.vectors()); b != nil {
			b.FillPercent = appendFill
		}
	}
	return nil
}

// log appends a change to the log and gives it the next number.
func (t *txn) log(c Change) error {
	b := t.Bucket(bucketLog)
	seq, err := b.NextSequence()
	if err != nil {
		return err
	}
	t.lastSeq = seq
	return b.Put(idKey(seq), encodeChange(c))
}

// guarded turns what bbolt does on damaged pages, panics and memory faults, into ErrCorrupt, and its errors into ours.
// A fault is otherwise fatal to the process, recover or not; SetPanicOnFault changes that for this goroutine. No caller's
// function runs under it but the one that Vectors.Vectors is given, so no other's panic is swallowed.
func (s *Store) guarded(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = damaged(s.path(), r)
		}
	}()
	switch err := fn(); {
	case errors.Is(err, bolterrors.ErrDatabaseNotOpen):
		return ErrClosed
	case errors.Is(err, bolterrors.ErrDatabaseReadOnly):
		return ErrReadOnly
	default:
		return err
	}
}
