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
// pages. It gives nil or a *CheckError with all that is wrong. Writers wait while the database is checked, and go on
// while the originals are.
func (s *Store) Check() error {
	release := s.hold()
	defer release()
	c := &checker{}
	if err := s.checkDatabase(c); err != nil {
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

// checkDatabase compares the records, lists the originals to look at, and checks the pages.
func (s *Store) checkDatabase(c *checker) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.view(func(tx *bolt.Tx) error {
		c.Tx = tx
		c.all()
		if err := s.checkStrays(c); err != nil {
			return err
		}
		return c.pages()
	})
	if errors.Is(err, ErrClosed) {
		return err
	}
	if err != nil {
		c.report("%v", err)
	}
	return nil
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

// checker walks the buckets of one transaction and gathers what is wrong.
type checker struct {
	*bolt.Tx
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

// all runs every comparison. Each goes one way; together they go both ways.
func (c *checker) all() {
	var err error
	if c.model, err = pinned(c.Tx); err != nil {
		c.report("meta: %v", err)
	}
	if c.now, err = currentGeneration(c.Tx); err != nil {
		c.report("meta: %v", err)
	}
	for _, name := range c.now.buckets() {
		if c.Bucket(name) == nil {
			c.report("%s: the bucket is missing", name)
			return
		}
	}
	c.each(bucketImages, c.image)
	c.each(c.now.vectors(), c.hasImage)
	c.remarks(c.now, &c.counted.Remarks)
	c.job()
	c.each(bucketThumbnails, c.hasImage)
	c.each(bucketPixels, c.pixelHash)
	c.files()
	c.each(bucketPaths, c.path)
	c.each(bucketSHA256, c.sha)
	c.each(bucketLabels, c.label)
	c.each(bucketLabelled, c.labelled)
	c.each(bucketProbes, func(k, v []byte) error {
		_, err := unseal(v)
		return wrap(fmt.Sprintf("%.12s", k), err)
	})
	c.models()
	c.counts()
	c.log()
	c.graph()
}

// each hands every item of a bucket to fn and reports its error. Every key is looked up, too: bbolt walks a tree whose order
// is broken without noticing, but does not find in it.
func (c *checker) each(bucket []byte, fn func(k, v []byte) error) {
	b := c.Bucket(bucket)
	if b == nil { // one of laterBuckets
		return
	}
	cur := b.Cursor()
	for k, v := cur.First(); k != nil; k, v = cur.Next() {
		if v == nil {
			c.nested = fmt.Errorf("%s: key %x says that it is a bucket", bucket, k)
			continue
		}
		if !bytes.Equal(b.Get(k), v) {
			c.report("%s: key %x is there but is not found", bucket, k)
		}
		if err := fn(k, v); err != nil {
			c.report("%s: %v", bucket, err)
		}
	}
}
