package classify

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// setOf makes a set of so many vectors of each label; the vectors say which they are.
func setOf(counts ...int) *Set {
	s := &Set{Classes: len(counts), Dim: 1}
	for label, n := range counts {
		for range n {
			s.Add([]float32{float32(s.Len())}, int32(label))
		}
	}
	return s
}

func TestHoldout(t *testing.T) {
	for name, tt := range map[string]struct {
		counts []int
		kept   []int // for validation, by label
		want   error
	}{
		"a fifth each":       {[]int{10, 50, 5}, []int{2, 10, 1}, nil},
		"rounded":            {[]int{12, 13, 2}, []int{2, 3, 1}, nil},
		"a single one":       {[]int{1, 2}, []int{0, 1}, nil},
		"an unused label":    {[]int{4, 0, 4}, []int{1, 0, 1}, nil},
		"one label":          {[]int{10}, nil, ErrTooFew},
		"single ones only":   {[]int{1, 1, 1}, nil, ErrTooFew},
		"nothing":            {nil, nil, ErrTooFew},
		"one with, one none": {[]int{5, 0}, nil, ErrTooFew},
	} {
		s := setOf(tt.counts...)
		train, validate, err := s.Holdout(HoldoutShare, 0)
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil {
			continue
		}
		kept := make([]int, len(tt.counts))
		for _, i := range validate {
			kept[s.Labels[i][0]]++
		}
		if diff := cmp.Diff(tt.kept, kept); diff != "" {
			t.Errorf("%s (-want +got): %s", name, diff)
		}
		isPartition(t, s.Len(), train, validate)
	}
}

// isPartition fails the test unless every number under n is in one of the parts, once.
func isPartition(t rapid.TB, n int, parts ...[]int) {
	t.Helper()
	all := slices.Sorted(slices.Values(slices.Concat(parts...)))
	for i, x := range all {
		if i != x {
			break
		}
	}
	if len(all) != n || n > 0 && (all[0] != 0 || all[n-1] != n-1) || len(slices.Compact(all)) != n {
		t.Fatalf("%v is not a partition of %d", parts, n)
	}
}

// TestFolds: every fold has its share of each label, and leave-one-out is a fold each.
func TestFolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		counts := rapid.SliceOfN(rapid.IntRange(0, 20), 1, 6).Draw(t, "counts")
		s := setOf(counts...)
		if s.Len() == 0 {
			return
		}
		n := rapid.IntRange(1, s.Len()+3).Draw(t, "folds")
		folds := s.Folds(n, 1)
		isPartition(t, s.Len(), folds...)
		if len(folds) != min(n, s.Len()) {
			t.Fatalf("%d folds, want %d", len(folds), n)
		}
		for _, fold := range folds {
			for label, count := range counts {
				got := 0
				for _, i := range fold {
					if s.Labels[i][0] == int32(label) {
						got++
					}
				}
				if got < count/len(folds) || got > count/len(folds)+1 {
					t.Fatalf("a fold of %d has %d of %d with label %d", len(folds), got, count, label)
				}
			}
			isPartition(t, s.Len(), fold, s.without(fold))
		}
	})
}

// TestSplitsAreFixed: the same seed splits the same way, another one another way.
func TestSplitsAreFixed(t *testing.T) {
	s := setOf(30, 30)
	_, a, _ := s.Holdout(HoldoutShare, 7)
	_, b, _ := setOf(30, 30).Holdout(HoldoutShare, 7)
	_, c, _ := s.Holdout(HoldoutShare, 8)
	if !slices.Equal(a, b) || slices.Equal(a, c) {
		t.Errorf("seed 7: %v and %v, seed 8: %v", a, b, c)
	}
}
