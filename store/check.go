package store

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	bolt "go.etcd.io/bbolt"
)

// maxProblems bounds a CheckError: one lost page can break thousands of records.
const maxProblems = 1000

// CheckError is what Check found. It is an ErrCorrupt.
type CheckError struct {
	Problems []string // the first 1000, one line each
	More     int      // how many were left out
}

// Error gives a line per problem.
func (e *CheckError) Error() string {
	text := strings.Join(e.Problems, "\n")
	if e.More > 0 {
		text += fmt.Sprintf("\nand %d more", e.More)
	}
	return text
}

// Unwrap makes it an ErrCorrupt.
func (e *CheckError) Unwrap() error { return ErrCorrupt }

// Check compares every bucket with every other and with the originals, whose bytes it reads, and has bbolt check its
// pages. It gives nil or a *CheckError with all that is wrong. Writers go on while values are read, and while the originals
// are; they wait while files are counted and pages looked at.
func (s *Store) Check() error {
	release := s.hold()
	defer release()
	c, err := s.checkDatabase()
	if err != nil {
		return fmt.Errorf("check %s: %w", s.dir, err)
	}
	for _, sha := range c.originals {
		if err := checkOriginal(s.OriginalPath(sha), sha); err != nil {
			c.report("original: %v", err)
		}
	}
	if len(c.found.Problems) == 0 {
		return nil
	}
	return &c.found
}

// errSwapped ends a check of vectors that were replaced meanwhile.
var errSwapped = errors.New("another generation counts")

// checkDatabase compares the records, lists the originals to look at, and checks the pages.
func (s *Store) checkDatabase() (c *checker, err error) {
	for {
		c = &checker{store: s}
		if err = c.inParts(); err == nil {
			err = s.checkWhole(c)
		}
		switch {
		case errors.Is(err, errSwapped):
			continue
		case errors.Is(err, ErrClosed):
			return nil, err
		case err != nil:
			c.report("%v", err)
		}
		return c, nil
	}
}

// checkWhole checks what belongs together, as of one moment.
func (s *Store) checkWhole(c *checker) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.view(func(tx *bolt.Tx) error {
		if err := c.move(tx); err != nil {
			return err
		}
		c.whole()
		if err := s.checkStrays(c); err != nil {
			return err
		}
		return c.pages()
	})
}

// pages has bbolt check its pages. It does so in a goroutine of its own, where a memory fault would end the process and a
// page that claims to be 2^32 pages long would fill all memory: so it comes last, when every key has been read and
// looked up here, under guarded, and not at all when something was unreadable or a page is longer than the file.
func (c *checker) pages() error {
	err := c.ForEach(func(name []byte, _ *bolt.Bucket) error {
		_, numbered := parseGeneration(name)
		if !numbered && !slices.ContainsFunc(slices.Concat(firstBuckets, laterBuckets), func(b []byte) bool { return bytes.Equal(b, name) }) {
			return fmt.Errorf("bucket %q is none of ours", name)
		}
		return nil
	})
	if err = cmp.Or(c.nested, err); err != nil {
		return err
	}
	high := int(c.Size() / int64(c.DB().Info().PageSize))
	for id := 0; id < high; id++ {
		p, err := c.Page(id)
		if err != nil {
			return err
		}
		if p.Type == "free" {
			continue
		}
		if id += p.OverflowCount; id >= high {
			return fmt.Errorf("pages: page %d says that %d more belong to it, the file has %d", p.ID, p.OverflowCount, high)
		}
	}
	for err := range c.Check() {
		c.report("pages: %v", err)
	}
	return nil
}

// checkStrays reports originals that nothing refers to, but for those that this process is about to record or remove.
// mu is held.
func (s *Store) checkStrays(c *checker) error {
	names, err := s.strays(c.Tx)
	for _, name := range names {
		sha, ok := parseOriginal(filepath.ToSlash(name))
		_, doomed := s.doomed[sha]
		if ok && !doomed && s.fresh[sha] == 0 {
			c.report("original %s: no image refers to it: opening the folder again removes it", name)
		}
	}
	return err
}

// checkOriginal reads an original and compares it with its name.
func checkOriginal(path string, sha [32]byte) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return err
	}
	if [32]byte(sum.Sum(nil)) != sha {
		return fmt.Errorf("%s: its bytes have SHA-256 %x", path, sum.Sum(nil))
	}
	return nil
}

// checker walks the buckets and gathers what is wrong.
type checker struct {
	*bolt.Tx  // the one it is in
	store     *Store
	found     CheckError
	model     modelRecord
	now       generation
	counted   counts
	hashes    int // different ones among each image's files, less the keys of sha256
	originals [][32]byte
	nested    error // a bucket where none can be
}

func (c *checker) report(format string, args ...any) {
	if len(c.found.Problems) == maxProblems {
		c.found.More++
		return
	}
	c.found.Problems = append(c.found.Problems, fmt.Sprintf(format, args...))
}

// inParts checks every value by itself and against those it refers to, with writes in between.
func (c *checker) inParts() error {
	if err := c.store.view(c.begin); err != nil {
		return err
	}
	for _, part := range []struct {
		bucket []byte
		check  func(k, v []byte) error
	}{
		{bucketImages, c.image}, {c.now.vectors(), c.hasImage}, {bucketThumbnails, c.hasImage}, {bucketPixels, c.pixelHash},
		{bucketPaths, c.path}, {bucketSHA256, c.sha}, {bucketLabels, c.label}, {bucketLabelled, c.labelled},
		{bucketProbes, c.probe}, {bucketSpecs, c.spec}, {bucketWhitenings, c.whitening}, {c.now.graph(), c.chunk},
	} {
		for from, more := []byte(nil), true; more; {
			err := c.store.view(func(tx *bolt.Tx) (err error) {
				from, more, err = c.part(tx, part.bucket, from, part.check)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// begin reads what counts.
func (c *checker) begin(tx *bolt.Tx) (err error) {
	c.Tx = tx
	if c.model, err = pinned(tx); err != nil {
		c.report("meta: %v", err)
	}
	if c.now, err = currentGeneration(tx); err != nil {
		c.report("meta: %v", err)
	}
	for _, name := range c.now.buckets() {
		if tx.Bucket(name) == nil {
			return fmt.Errorf("%s: the bucket is missing", name)
		}
	}
	return nil
}

// move goes on in another transaction. An empty folder may have taken a model since.
func (c *checker) move(tx *bolt.Tx) error {
	c.Tx = tx
	if m, err := pinned(tx); err == nil {
		c.model = m
	}
	if now, err := currentGeneration(tx); err == nil && now != c.now {
		return errSwapped
	}
	return nil
}

// part checks some values of a bucket from a key on, and says where to go on.
func (c *checker) part(tx *bolt.Tx, bucket, from []byte, check func(k, v []byte) error) (next []byte, more bool, err error) {
	b := tx.Bucket(bucket)
	if err := c.move(tx); err != nil || b == nil { // one of laterBuckets
		return nil, false, err
	}
	cur := b.Cursor()
	k, v := cur.Seek(from)
	for n := 0; k != nil && n < pageLen; k, v = cur.Next() {
		c.item(bucket, b, k, v, check)
		next, n = append(bytes.Clone(k), 0), n+1
	}
	return next, k != nil, nil
}

// whole compares counts, and what lies in several values. With inParts all comparisons go both ways.
func (c *checker) whole() {
	c.counted.Images = uint64(c.keys(bucketImages))
	c.remarks(c.now, &c.counted.Remarks)
	c.job()
	c.files()
	c.hashes -= c.keys(bucketSHA256)
	c.counts()
	c.log()
}

// keys counts those of a bucket.
func (c *checker) keys(bucket []byte) (n int) {
	cur := c.Bucket(bucket).Cursor()
	for k, _ := cur.First(); k != nil; k, _ = cur.Next() {
		n++
	}
	return n
}

// each hands every value of a bucket to fn.
func (c *checker) each(bucket []byte, fn func(k, v []byte) error) {
	b := c.Bucket(bucket)
	cur := b.Cursor()
	for k, v := cur.First(); k != nil; k, v = cur.Next() {
		c.item(bucket, b, k, v, fn)
	}
}

// item hands a value to fn and reports its error. Every key is looked up, too: bbolt walks a tree whose order is broken without
// noticing, but does not find in it.
func (c *checker) item(bucket []byte, b *bolt.Bucket, k, v []byte, fn func(k, v []byte) error) {
	if v == nil {
		c.nested = fmt.Errorf("%s: key %x says that it is a bucket", bucket, k)
		return
	}
	if !bytes.Equal(b.Get(k), v) {
		c.report("%s: key %x is there but is not found", bucket, k)
	}
	if err := fn(k, v); err != nil {
		c.report("%s: %v", bucket, err)
	}
}
