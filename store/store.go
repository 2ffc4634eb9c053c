package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	bolt "go.etcd.io/bbolt"
)

// Names in the data folder.
const (
	databaseName  = "lookalike.db"
	originalsName = "originals"
	ownerName     = "owner.json"
	tempPattern   = ".tmp-*" // files of a step that a crash cut off; removed by Open
)

// Options say how to open a data folder. The zero value opens it for reading and writing.
type Options struct {
	ReadOnly bool // change nothing; several processes may read at once, and no one may write meanwhile
}

// Store is an open data folder. Its methods may be called from many goroutines at once.
type Store struct {
	dir      string // absolute
	readOnly bool
	db       atomic.Pointer[bolt.DB] // Compact replaces it

	// mu makes one writer of us: it is held over each write transaction and over the removal of originals after it,
	// so that the two agree. Readers do not take it.
	mu     sync.Mutex
	owner  *os.File         // owner.json, kept open for its lock
	fresh  map[[32]byte]int // originals put and not yet recorded: as many puts as there were
	doomed map[[32]byte]struct{}
	holds  int // while above 0 no original is removed: a backup or a check reads them
}

// Open opens the data folder, and makes it when it does not exist. The folder belongs to this process until Close:
// another Open, from any process, fails at once with ErrInUse. What a crash left half-done is cleaned up.
func Open(dir string, opts Options) (*Store, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("open data folder: %w", err)
	}
	if !opts.ReadOnly {
		if err := makeDir(dir); err != nil {
			return nil, fmt.Errorf("open data folder: %w", err)
		}
	}
	db, err := openDatabase(dir, opts.ReadOnly)
	if err != nil {
		return nil, fmt.Errorf("open data folder %s: %w", dir, err)
	}
	s := &Store{dir: dir, readOnly: opts.ReadOnly, fresh: map[[32]byte]int{}, doomed: map[[32]byte]struct{}{}}
	s.db.Store(db)
	if err := s.start(); err != nil {
		return nil, fmt.Errorf("open data folder %s: %w", dir, errors.Join(err, s.Close()))
	}
	return s, nil
}

// start checks the schema before it touches anything, then takes the folder over: says who we are, and cleans up after a
// predecessor that was killed. The database lock is held by now, so nobody else does the same.
func (s *Store) start() error {
	if err := s.checkSchema(); err != nil || s.readOnly {
		return err
	}
	if err := s.writeOwner(Owner{PID: os.Getpid()}); err != nil {
		return err
	}
	if err := s.removeTemps(); err != nil {
		return err
	}
	return s.sweep()
}

// Close waits for running transactions and hands the folder back. Closing twice does nothing.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	// owner.json goes first, while the database is still locked: afterwards it might be a successor's.
	return errors.Join(s.removeOwner(), s.db.Load().Close())
}

// Dir is the data folder's absolute path.
func (s *Store) Dir() string { return s.dir }

// removeTemps removes what a killed predecessor was in the midst of writing.
func (s *Store) removeTemps() error {
	temps, err := filepath.Glob(filepath.Join(s.dir, tempPattern))
	for _, t := range temps {
		err = errors.Join(err, os.Remove(t))
	}
	return err
}

// makeDir makes a folder, and its parents, that survive a power failure.
func makeDir(dir string) error {
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	if err := makeDir(filepath.Dir(dir)); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return syncDir(filepath.Dir(dir))
}

// syncDir makes the names in a folder durable. renameio syncs the file and renames it, but leaves this to us.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
