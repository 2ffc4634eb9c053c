package store

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// wasteful fills a store with images that have large thumbnails, and deletes them.
func wasteful(t testing.TB, s *Store) {
	t.Helper()
	sample(t, s)
	var ids []uint64
	for i := 100; i < 160; i++ {
		e := entryOf(i, pathFile(fmt.Sprint("/", i), i, 0))
		e.Thumbnail = make([]byte, 64<<10)
		ids = append(ids, add(t, s, e).ID)
	}
	if _, _, err := s.Delete(ids...); err != nil {
		t.Fatal(err)
	}
}

func toTheEnd(int64, int64) error { return nil }

// TestCompact gives back what deletes have left, and changes nothing else.
func TestCompact(t *testing.T) {
	dir := t.TempDir()
	s := openStore(t, dir)
	wasteful(t, s)
	before := contents(t, s)
	told := int64(0)
	c, err := s.Compact(func(done, of int64) error {
		if done > of || done < told {
			t.Errorf("%d of %d, after %d", done, of, told)
		}
		told = done
		return nil
	})
	if err != nil || c.After*4 > c.Before || told == 0 {
		t.Fatalf("%+v, %d bytes told of, %v", c, told, err)
	}
	if size, err := fileSize(s.path()); err != nil || size != c.After {
		t.Errorf("the file has %d bytes, %v, want %d", size, err, c.After)
	}
	same(t, "after", contents(t, s), before)
	if st, err := s.Stats(); err != nil || st.BytesFree > c.After/4 {
		t.Errorf("%d bytes are free: %v", st.BytesFree, err)
	}
	// It goes on where it was, and is this process's as ever.
	if a := add(t, s, entryOf(200, pathFile("/200", 200, 0))); a.ID != 68 {
		t.Errorf("next image is %+v", a)
	}
	if _, err := Open(dir, Options{}); !errors.Is(err, ErrInUse) {
		t.Errorf("a second owner: %v", err)
	}
	after := contents(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	same(t, "opened again", contents(t, openStore(t, dir)), after)
}

// TestCompactStops: an error of who hears the progress ends it, and nothing is left of it.
func TestCompactStops(t *testing.T) {
	s := openStore(t, t.TempDir())
	sample(t, s)
	before := contents(t, s)
	enough := errors.New("enough")
	if _, err := s.Compact(func(int64, int64) error { return enough }); !errors.Is(err, enough) {
		t.Error(err)
	}
	same(t, "after", contents(t, s), before)
	if left, _ := filepath.Glob(filepath.Join(s.Dir(), tempPattern)); len(left) > 0 {
		t.Errorf("left %v", left)
	}
}

// TestCompactBesideOthers reads, writes and backs up while the database is compacted over and over.
func TestCompactBesideOthers(t *testing.T) {
	s := openStore(t, t.TempDir())
	sample(t, s)
	done := make(chan struct{})
	var others sync.WaitGroup
	keep := func(do func(i int) error) {
		others.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-done:
					return
				default:
				}
				if err := do(i); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	keep(func(int) error { _, err := s.Vector(3); return err })
	keep(func(int) error { return s.EachImage(func(Image) error { return nil }) })
	keep(func(i int) error {
		added, err := s.Add(entryOf(1000+i, pathFile(fmt.Sprint("/", 1000+i), 1000+i, 0)))
		if err != nil {
			return err
		}
		_, err = s.Image(added[0].ID)
		return err
	})
	keep(func(int) error { return s.Backup(&bytes.Buffer{}) })
	for range 8 {
		if _, err := s.Compact(toTheEnd); err != nil {
			t.Error(err)
		}
	}
	close(done)
	others.Wait()
}

// TestCompactThenOpen opens, adds and closes as often as another opens, compacts and closes: each waits for the other's lock, and
// no add goes to a file that was replaced.
func TestCompactThenOpen(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	open := func() *Store {
		for {
			s, err := Open(dir, Options{})
			if err == nil {
				return s
			}
			if !errors.Is(err, ErrInUse) {
				t.Error(err)
				return nil
			}
		}
	}
	const rounds = 40
	var other sync.WaitGroup
	other.Go(func() {
		for range rounds {
			if s := open(); s != nil {
				_, err := s.Compact(toTheEnd)
				if err := errors.Join(err, s.Close()); err != nil {
					t.Error(err)
				}
			}
		}
	})
	for i := range rounds {
		if s := open(); s != nil {
			_, err := s.Add(entryOf(i, pathFile(fmt.Sprint("/", i), i, 0)))
			if err := errors.Join(err, s.Close()); err != nil {
				t.Error(err)
			}
		}
	}
	other.Wait()
	s := openStore(t, dir)
	if st, err := s.Stats(); err != nil || st.Images != rounds {
		t.Errorf("%d images of %d: %v", st.Images, rounds, err)
	}
}

// compactChild compacts until it is killed.
func compactChild(dir string) {
	s, err := Open(dir, Options{})
	fmt.Println("open", err)
	for err == nil {
		_, err = s.Compact(toTheEnd)
		fmt.Println("compacted", err)
	}
}

// TestCrashInCompact kills a child that compacts at random moments: the old database is there, or the new one, whole, and
// nothing else once the folder was opened again.
func TestCrashInCompact(t *testing.T) {
	rounds := 8
	if os.Getenv("LOOKALIKE_SOAK") != "" {
		rounds = 500
	}
	dir := filepath.Join(t.TempDir(), "data")
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	wasteful(t, s)
	before := contents(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	midway, took := 0, time.Duration(0)
	for round := range rounds {
		cmd, out := child(t, "compact", dir, "")
		out.Scan()
		if start := time.Now(); round == 0 {
			out.Scan()
			took = time.Since(start)
		}
		time.AfterFunc(rand.N(2*took), func() { _ = cmd.Process.Kill() })
		for out.Scan() {
		}
		_ = cmd.Wait()
		if left, _ := filepath.Glob(filepath.Join(dir, tempPattern)); len(left) > 0 {
			midway++
		}
		s, err := Open(dir, Options{})
		if err == nil {
			err = s.Check()
		}
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		same(t, "after a kill", contents(t, s), before)
		left, _ := filepath.Glob(filepath.Join(dir, tempPattern))
		if err := s.Close(); err != nil || len(left) > 0 {
			t.Fatalf("left %v, %v", left, err)
		}
	}
	t.Logf("%d kills, %d of them in the midst; compacting takes %v", rounds, midway, took)
	if midway == 0 {
		t.Error("no copy was cut off: the test shows little")
	}
}
