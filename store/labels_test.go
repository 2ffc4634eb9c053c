package store

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// labelled fills a store with four images and labels.
func labelledStore(t testing.TB) *Store {
	t.Helper()
	s := openStore(t, t.TempDir())
	fill(t, s, 4)
	set(t, s, LabelChange{1, "cat", Given}, LabelChange{1, "animals/pets", Given}, LabelChange{2, "cat", Accepted},
		LabelChange{3, "cat", Rejected}, LabelChange{4, "cat", Given}, LabelChange{4, "cats", Given})
	return s
}

func set(t testing.TB, s *Store, changes ...LabelChange) {
	t.Helper()
	if n, err := s.SetLabels(changes...); err != nil || n != len(changes) {
		t.Fatalf("%d of %d labels changed, %v", n, len(changes), err)
	}
}

// numbers lists the images that have a label, newest first.
func numbers(t testing.TB, s *Store, label string) (ids []uint64) {
	t.Helper()
	err := s.EachLabelled(func(l string, id uint64) error {
		if l == label {
			ids = append([]uint64{id}, ids...)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

// pairs lists labels and images.
func pairs(t testing.TB, s *Store) (all []string) {
	t.Helper()
	err := s.EachLabelled(func(label string, id uint64) error {
		all = append(all, fmt.Sprint(label, " ", id))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestLabels(t *testing.T) {
	s := labelledStore(t)
	same(t, "pairs", pairs(t, s), []string{"animals/pets 1", "cat 1", "cat 2", "cat 4", "cats 4"})
	same(t, "cat", numbers(t, s, "cat"), []uint64{4, 2, 1})
	same(t, "cats", numbers(t, s, "cats"), []uint64{4})
	same(t, "ca", numbers(t, s, "ca"), []uint64(nil))
	same(t, "zebra", numbers(t, s, "zebra"), []uint64(nil))
	m, err := s.Image(1)
	same(t, "image 1", m.Labels, []string{"animals/pets", "cat"})
	labels, err2 := s.Labels(3)
	if err := errors.Join(err, err2); err != nil || len(labels) != 1 || labels[0].Decision != Rejected || labels[0].At.IsZero() {
		t.Errorf("labels of image 3: %+v, %v", labels, err)
	}
	if m, err = s.Image(3); err != nil || m.Labels != nil {
		t.Errorf("a rejected label is one of image 3's: %v, %v", m.Labels, err)
	}
	if _, err := s.Labels(99); !errors.Is(err, ErrNotFound) {
		t.Errorf("labels of no image: %v", err)
	}
}

// TestLabelsChange goes through the decisions, the same one twice among them.
func TestLabelsChange(t *testing.T) {
	s := labelledStore(t)
	for _, step := range []struct {
		decision Decision
		changed  int
		ids      []uint64
	}{
		{Given, 1, []uint64{4, 3, 2, 1}}, {Given, 0, []uint64{4, 3, 2, 1}}, {Accepted, 1, []uint64{4, 3, 2, 1}},
		{None, 1, []uint64{4, 2, 1}}, {None, 0, []uint64{4, 2, 1}}, {Rejected, 1, []uint64{4, 2, 1}}, {None, 1, []uint64{4, 2, 1}},
	} {
		before, _ := s.Labels(3)
		n, err := s.SetLabels(LabelChange{3, "cat", step.decision})
		if err != nil || n != step.changed {
			t.Fatalf("%q: %d changed, %v", step.decision, n, err)
		}
		same(t, string(step.decision), numbers(t, s, "cat"), step.ids)
		after, _ := s.Labels(3)
		if n == 0 {
			same(t, "a decision that stood", after, before)
		}
		if err := s.Check(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLabelsGoWithTheImage(t *testing.T) {
	s := labelledStore(t)
	if _, _, err := s.Delete(1, 3, 4); err != nil {
		t.Fatal(err)
	}
	same(t, "pairs", pairs(t, s), []string{"cat 2"})
	// Image 2's only file gets another content, so that the image goes.
	if a := add(t, s, entryOf(50, pathFile("/2", 50, 0))); len(a.Removed) != 1 {
		t.Fatalf("%+v", a)
	}
	same(t, "pairs", pairs(t, s), []string(nil))
}

// TestLabelsRefuse: nothing of a refused call happens.
func TestLabelsRefuse(t *testing.T) {
	s := labelledStore(t)
	before := pairs(t, s)
	many := make([]LabelChange, MaxLabels+1)
	for i := range many {
		many[i] = LabelChange{2, fmt.Sprint("label ", i), Rejected}
	}
	for name, tt := range map[string]struct {
		want    error
		says    string
		changes []LabelChange
	}{
		"empty":         {ErrLabel, "a label of 0 bytes", []LabelChange{{1, "", Given}}},
		"too long":      {ErrLabel, "201 bytes, must be 1 to 200", []LabelChange{{1, strings.Repeat("x", MaxLabel+1), Given}}},
		"not UTF-8":     {ErrLabel, "not UTF-8", []LabelChange{{1, "caf\xe9", Given}}},
		"zero":          {ErrLabel, "control", []LabelChange{{1, "a\x00b", Given}}},
		"line":          {ErrLabel, "control", []LabelChange{{1, "a\nb", Given}}},
		"space":         {ErrLabel, "white space", []LabelChange{{1, "a ", Given}}},
		"odd":           {ErrLabel, `"maybe"`, []LabelChange{{1, "a", "maybe"}}},
		"no image":      {ErrNotFound, "image 77", []LabelChange{{1, "new", Given}, {77, "a", Given}}},
		"removed, none": {ErrNotFound, "image 77", []LabelChange{{77, "a", None}}},
		"too many":      {ErrLabel, "100 labels already", many},
	} {
		if n, err := s.SetLabels(tt.changes...); !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) || n != 0 {
			t.Errorf("%s: %d changed, %v", name, n, err)
		}
	}
	same(t, "pairs", pairs(t, s), before)
	set(t, s, many[:MaxLabels-1]...)
}

// TestEachLabelledPages: more than a page, and changes from inside the walk.
func TestEachLabelledPages(t *testing.T) {
	s := openStore(t, t.TempDir())
	s.db.Load().NoSync = true
	fill(t, s, 60)
	var changes []LabelChange
	for i := range labelledPage + 500 {
		changes = append(changes, LabelChange{uint64(1 + i%60), fmt.Sprint("label ", i/60), Given})
	}
	set(t, s, changes...)
	n := 0
	err := s.EachLabelled(func(label string, id uint64) error {
		if n++; n == 1 {
			_, err := s.SetLabels(LabelChange{id, label, None})
			return err
		}
		return nil
	})
	if err != nil || n != len(changes) {
		t.Errorf("%d of %d, %v", n, len(changes), err)
	}
}

// TestFolderWithoutLabels opens a folder from before there were labels, first for reading only.
func TestFolderWithoutLabels(t *testing.T) {
	dir := filled(t)
	edit(t, dir, func(tx *bolt.Tx) error {
		for _, name := range laterBuckets {
			if err := tx.DeleteBucket(name); err != nil {
				return err
			}
		}
		return nil
	})
	r, err := Open(dir, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	m, err := r.Image(1)
	same(t, "labels", m.Labels, []string(nil))
	if err := errors.Join(err, r.Check(), r.Close()); err != nil || len(pairsOfOpen(t, dir)) > 0 {
		t.Errorf("reading: %v", err)
	}
	s := openStore(t, dir)
	set(t, s, LabelChange{1, "cat", Given})
	same(t, "pairs", pairs(t, s), []string{"cat 1"})
}

// pairsOfOpen opens the folder for reading only.
func pairsOfOpen(t testing.TB, dir string) []string {
	t.Helper()
	s, err := Open(filepath.Clean(dir), Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	return pairs(t, s)
}
