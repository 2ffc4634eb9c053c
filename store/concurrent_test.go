package store

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"testing"
)

// TestConcurrent reads in every way while one goroutine adds and deletes, one saves the graph and one backs up. Each reader
// must see whole images: of an image that is there, everything is there.
func TestConcurrent(t *testing.T) {
	s := openStore(t, t.TempDir())
	fill(t, s, 20)
	var done atomic.Bool
	var wg sync.WaitGroup
	for name, step := range map[string]func() error{
		"images": func() error { return s.EachImage(func(m Image) error { return wholeImage(s, m) }) },
		"list": func() error {
			list, err := s.List(0, 7)
			for i, m := range list {
				err = errors.Join(err, wholeImage(s, m))
				if i > 0 && list[i-1].ID <= m.ID {
					err = errors.Join(err, fmt.Errorf("image %d comes after %d", m.ID, list[i-1].ID))
				}
			}
			return err
		},
		"vectors": func() error {
			return s.EachVector(func(id uint64, x []float32) error {
				if len(x) != testDim {
					return fmt.Errorf("vector %d has %d numbers", id, len(x))
				}
				return nil
			})
		},
		"graph": func() error {
			st, err := s.Stats()
			return errors.Join(err, s.SaveGraph(Graph{Header: []byte("h"), Chunks: []Chunk{{1, nil}}, Watermark: st.Seq}))
		},
		"backup": func() error { return s.Backup(io.Discard) },
		"check":  s.Check,
		"owner":  func() error { return second(ReadOwner(s.Dir())) },
	} {
		wg.Go(func() {
			for !done.Load() {
				if err := step(); err != nil {
					t.Errorf("%s: %v", name, err)
					return
				}
			}
		})
	}
	for i := 100; i < 115; i++ {
		add(t, s, entryOf(i, pathFile(fmt.Sprint("/", i), i, 0)))
		if _, _, err := s.Delete(uint64(i - 99)); err != nil {
			t.Error(err)
		}
	}
	done.Store(true)
	wg.Wait()
}

// wholeImage compares what belongs to an image; one that was deleted in between is no error.
func wholeImage(s *Store, m Image) error {
	x, err := s.Vector(m.ID)
	thumb, err2 := s.Thumbnail(m.ID)
	switch {
	case errors.Is(err, ErrNotFound), errors.Is(err2, ErrNotFound):
		return nil
	case err != nil || err2 != nil:
		return errors.Join(err, err2)
	case x[0] != vectorOf(m.Width - 640)[0] || string(thumb) != fmt.Sprint("thumbnail ", m.Width-640) || len(m.Files) != 1:
		return fmt.Errorf("image %d is not of one piece: %v, %q, %v", m.ID, x, thumb, m.Files)
	}
	return nil
}

// TestWritersWait has many goroutines add at once: each gets numbers of its own, and the log has no gaps.
func TestWritersWait(t *testing.T) {
	s := openStore(t, t.TempDir())
	const writers, each = 8, 6
	var wg sync.WaitGroup
	ids := make([][]uint64, writers)
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				content := 1 + w*each + i
				added, err := s.Add(entryOf(content, pathFile(fmt.Sprint("/", content), content, 0)))
				if err != nil {
					t.Error(err)
					return
				}
				ids[w] = append(ids[w], added[0].ID)
			}
		})
	}
	wg.Wait()
	seen := map[uint64]bool{}
	for _, list := range ids {
		for i, id := range list {
			if seen[id] || (i > 0 && id <= list[i-1]) {
				t.Errorf("numbers %v: %d is used twice, or not rising", list, id)
			}
			seen[id] = true
		}
	}
	if log := changes(t, s, 0); len(log) != writers*each || len(seen) != len(log) {
		t.Errorf("%d changes and %d images, want %d", len(log), len(seen), writers*each)
	}
}
