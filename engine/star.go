package engine

import (
	"cmp"
	"container/heap"

	"lookalike/index"
)

// star is an image as the centre of a possible group: how many others score at or above the threshold with it, its
// leaves, and the sum of their scores' weights.
type star struct {
	centre uint64
	leaves int
	sum    int64
}

// weight is a score as a whole number: sums of these are the same in every order.
func weight(score float32) int64 { return int64(float64(score) * (1 << 32)) }

func newStar(centre uint64, leaves []index.Result) star {
	s := star{centre: centre, leaves: len(leaves)}
	for _, r := range leaves {
		s.sum += weight(r.Score)
	}
	return s
}

// compare orders stars by what makes the better group: more leaves, then closer ones, then the older image.
func (s star) compare(o star) int {
	return cmp.Or(cmp.Compare(o.leaves, s.leaves), cmp.Compare(o.sum, s.sum), cmp.Compare(s.centre, o.centre))
}

// sky is a heap of stars, the best on top.
type sky []star

func (s sky) Len() int           { return len(s) }
func (s sky) Less(i, j int) bool { return s[i].compare(s[j]) < 0 }
func (s sky) Swap(i, j int)      { s[i], s[j] = s[j], s[i] }

// Push is part of heap.Interface.
func (s *sky) Push(x any) { *s = append(*s, x.(star)) }

// Pop is part of heap.Interface.
func (s *sky) Pop() any {
	last := (*s)[len(*s)-1]
	*s = (*s)[:len(*s)-1]
	return last
}

// cover chooses groups greedily: of all images not yet in a group, the one with the most neighbours that are not in a
// group either becomes the medoid of the next; equal ones are told apart by the sum of scores, then by age. It ends when
// no image has such a neighbour, or when emit says so. The outcome depends on nothing but the scores.
//
// stars may overrate, because taking images away makes stars smaller and never larger: the best one is counted again
// when it comes up, and goes back if it is no longer the best (lazy greedy). So memory is one star an image, and look
// is called about once for each group and each image beside one, not for every pair.
func cover(stars []star, look func(centre uint64, taken map[uint64]bool) ([]index.Result, error),
	emit func(centre uint64, leaves []index.Result) (more bool, err error)) error {
	var s sky
	for _, one := range stars {
		if one.leaves > 0 {
			s = append(s, one)
		}
	}
	heap.Init(&s)
	taken := make(map[uint64]bool)
	for len(s) > 0 {
		best := heap.Pop(&s).(star)
		if taken[best.centre] {
			continue
		}
		leaves, err := look(best.centre, taken)
		if err != nil {
			return err
		}
		now := newStar(best.centre, leaves)
		switch {
		case now.leaves == 0:
			continue
		case len(s) > 0 && s[0].compare(now) < 0:
			heap.Push(&s, now)
			continue
		}
		taken[best.centre] = true
		for _, r := range leaves {
			taken[r.ID] = true
		}
		if more, err := emit(best.centre, leaves); err != nil || !more {
			return err
		}
	}
	return nil
}
