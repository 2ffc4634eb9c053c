package classify

import (
	"errors"
	"fmt"
	"math/rand/v2"
)

// ErrTooFew is returned when there are not enough labelled vectors to learn from and to judge by.
var ErrTooFew = errors.New("too few labelled images")

// Set is labelled vectors. The order matters: equal sets in another order are split otherwise.
type Set struct {
	Classes int       // labels are numbers under it
	Dim     int       // numbers of a vector
	Vectors []float32 // (len(Labels), Dim)
	Labels  [][]int32 // at least one each; the first is the one that splits go by
}

// Len is the number of vectors.
func (s *Set) Len() int { return len(s.Labels) }

// Vector is the i-th.
func (s *Set) Vector(i int) []float32 { return s.Vectors[i*s.Dim : (i+1)*s.Dim] }

// Add appends a vector, which is copied.
func (s *Set) Add(v []float32, labels ...int32) {
	s.Vectors = append(s.Vectors, v...)
	s.Labels = append(s.Labels, labels)
}

// byClass lists the vectors of each label, shuffled from the seed.
func (s *Set) byClass(seed uint64) [][]int {
	classes := make([][]int, s.Classes)
	for i, labels := range s.Labels {
		classes[labels[0]] = append(classes[labels[0]], i)
	}
	for c, members := range classes {
		random := rand.New(rand.NewPCG(seed, uint64(c)))
		random.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
	}
	return classes
}

// Holdout splits the set in two: of every label the same share is kept aside, at least one vector and never all. A label
// with a single vector is only trained on.
func (s *Set) Holdout(share float64, seed uint64) (train, validate []int, err error) {
	trained := 0
	for _, members := range s.byClass(seed) {
		n := int(share*float64(len(members)) + 0.5)
		n = min(max(n, 1), len(members)-1)
		if len(members) > 0 {
			trained++
			validate, train = append(validate, members[:n]...), append(train, members[n:]...)
		}
	}
	if trained < 2 || len(validate) == 0 {
		return nil, nil, fmt.Errorf("%w: %d labels, %d images to validate with; needed are two labels and a second image of one", ErrTooFew, trained, len(validate))
	}
	return train, validate, nil
}

// Folds deals the set out to n folds, every label evenly. With as many folds as vectors it is leave-one-out.
func (s *Set) Folds(n int, seed uint64) [][]int {
	folds := make([][]int, min(n, s.Len()))
	next := 0
	for _, members := range s.byClass(seed) {
		for _, i := range members {
			folds[next%len(folds)] = append(folds[next%len(folds)], i)
			next++
		}
	}
	return folds
}

// without lists every vector but those.
func (s *Set) without(left []int) []int {
	out := make([]bool, s.Len())
	for _, i := range left {
		out[i] = true
	}
	rest := make([]int, 0, s.Len()-len(left))
	for i, o := range out {
		if !o {
			rest = append(rest, i)
		}
	}
	return rest
}
