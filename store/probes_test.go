package store

import (
	"errors"
	"testing"
)

func TestProbes(t *testing.T) {
	s := openStore(t, t.TempDir())
	for _, err := range []error{s.PutProbe(testModel, []byte("old")), s.PutProbe(testModel, []byte("new")), s.PutProbe(otherModel, nil)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Probe(testModel)
	same(t, "probe", string(got), "new")
	empty, err2 := s.Probe(otherModel)
	if err := errors.Join(err, err2, s.Check()); err != nil || len(empty) != 0 {
		t.Errorf("%q, %v", empty, err)
	}
	if _, err := s.Probe("c3"); !errors.Is(err, ErrNotFound) {
		t.Errorf("no such probe: %v", err)
	}
	if err := s.PutProbe("", nil); !errors.Is(err, ErrEntry) {
		t.Errorf("no model: %v", err)
	}
}
