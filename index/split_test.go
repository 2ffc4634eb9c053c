package index

import (
	"cmp"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"lookalike/internal/simd"
	"lookalike/internal/testutil"
	"lookalike/internal/vectors"
)

const splitDim = 256

// splitIndex is one of a set whose vectors lie in fewer dimensions than they have.
func splitIndex(t testing.TB, set vectors.Set, n int) (x *Index, base, queries [][]float32) {
	t.Helper()
	base, queries = set.Make(31, n, 100, splitDim)
	x = build(t, base)
	if x.basis() == nil {
		t.Fatalf("%d vectors of length %d, and no basis", n, splitDim)
	}
	return x, base, queries
}

// A bound is no less than the score, but for what rounding of 4 bits may do now and then, and then by little.
func TestBound(t *testing.T) {
	testutil.NotUnderRace(t)
	for name, set := range map[string]vectors.Set{"hard": vectors.Hard, "clustered": vectors.Clustered} {
		x, base, queries := splitIndex(t, set, 2500)
		s, under, most, looseness := &searcher{}, 0, float32(0), 0.0
		for _, q := range queries {
			a := s.aim(x, q)
			s.near = s.near[:0]
			for slot := range uint32(x.slots) {
				s.near = append(s.near, slot)
			}
			x.codes.bounds(s, a)
			for i, bound := range s.scores {
				over := bound - simd.Dot(q, base[i])
				looseness += float64(over)
				if over < 0 {
					under, most = under+1, max(most, -over)
				}
			}
		}
		pairs := len(queries) * x.slots
		t.Logf("%s: %d of %d bounds are under the score, by up to %.4f; they are %.3f over it in the mean", name, under, pairs, most, looseness/float64(pairs))
		if under > pairs/200 || most > 0.03 || looseness/float64(pairs) > 0.05 {
			t.Error("bounds do not hold, or hold nothing off")
		}
	}
}

// withoutGlance is split codes of which all are compared.
type withoutGlance struct{ *split }

func (w withoutGlance) compare(s *searcher, t *target, _ float32) { w.split.compare(s, t, anyScore) }

// A walk that rules nodes out finds what one finds that compares all.
func TestRuledOutChangesNothing(t *testing.T) {
	testutil.NotUnderRace(t)
	x, _, queries := splitIndex(t, vectors.Hard, 4000)
	p, different := x.codes.(*split), 0
	for _, q := range queries {
		x.codes = p
		with, err := x.Search(q, 10, 40, nil)
		x.codes = withoutGlance{p}
		without, err2 := x.Search(q, 10, 40, nil)
		if err := errors.Join(err, err2); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(with, without) {
			different++
		}
	}
	if different > 2 {
		t.Errorf("%d of %d searches differ", different, len(queries))
	}
}

// Where what lies across the basis is alike and what lies along it is not, likeness
// tells, and nothing more is missed: groups have a quarter of their length in common, in a direction of their own.
func TestLikeness(t *testing.T) {
	testutil.NotUnderRace(t)
	const along, groups, n = alongDims - 20, 200, 4000
	r := rand.New(rand.NewPCG(5, 0))
	own := make([][]float32, groups)
	for g := range own {
		own[g] = normals(r, splitDim)
		clear(own[g][:along])
		orthonormal(own[g], splitDim)
	}
	base := make([][]float32, n)
	for i := range base {
		v := normals(r, splitDim)
		clear(v[along:])
		orthonormal(v, splitDim)
		for j, o := range own[i%groups] {
			v[j] = v[j]*0.866 + o*0.5
		}
		base[i] = v
	}
	x := build(t, base)
	if x.basis() == nil {
		t.Fatal("no basis")
	}
	t.Logf("likeness %.3f", x.basis().likeness)
	if x.basis().likeness < 0.8 {
		t.Error("what is alike across the basis is not seen")
	}
	p, missed := x.codes.(*split), 0
	for _, q := range base[:200] {
		x.codes = p
		with, err := x.Search(q, 10, 40, nil)
		x.codes = withoutGlance{p}
		without, err2 := x.Search(q, 10, 40, nil)
		if err := errors.Join(err, err2); err != nil {
			t.Fatal(err)
		}
		for _, w := range without {
			if !slices.Contains(with, w) {
				missed++
			}
		}
	}
	if missed > 4 {
		t.Errorf("%d of 2000 results are missed", missed)
	}
}

// Of all nodes, seen from a query, the first lines of codes leave few beside the nearest.
func TestRuleOut(t *testing.T) {
	testutil.NotUnderRace(t)
	x, _, queries := splitIndex(t, vectors.Hard, 4000)
	s, left, missed := &searcher{}, 0, 0
	for _, q := range queries {
		found, err := x.Exact(q, 40, nil)
		if err != nil {
			t.Fatal(err)
		}
		a := s.aim(x, q)
		s.near = s.near[:0]
		for slot := range uint32(x.slots) {
			s.near = append(s.near, slot)
		}
		x.codes.compare(s, a, found[39].Score-0.001)
		left += len(s.near)
		for _, f := range found {
			if slot, _ := x.slotOf(f.ID); !slices.Contains(s.near, slot) {
				missed++
			}
		}
	}
	t.Logf("%d of the 40 nearest of each of %d queries are ruled out", missed, len(queries))
	if missed > len(queries)*40/500 {
		t.Error("these are too many")
	}
	if share := float64(left) / float64(len(queries)*x.slots); share > 0.2 {
		t.Errorf("%.2f of all nodes are left", share)
	}
}

// Directions that hold little of the vectors are of no use.
func TestNoBasisWithoutStructure(t *testing.T) {
	testutil.NotUnderRace(t)
	r := rand.New(rand.NewPCG(3, 0))
	x, err := New(Config{Dim: 768, EfConstruction: 20, M: 4})
	if err != nil {
		t.Fatal(err)
	}
	for id := range uint64(learnFirst + 1) {
		v := normals(r, 768)
		orthonormal(v, 768)
		if err := x.Add(id, v); err != nil {
			t.Fatal(err)
		}
	}
	if x.basis() != nil || x.learnAt <= learnFirst {
		t.Errorf("a basis %v of white noise, the next one at %d", x.basis() != nil, x.learnAt)
	}
}

// A basis is orthonormal, to what codes leave of that.
func TestBasis(t *testing.T) {
	testutil.NotUnderRace(t)
	x, _, _ := splitIndex(t, vectors.Clustered, 2500)
	b := x.basis()
	for i := range alongDims {
		var values [alongDims]float32
		b.components(&values, b.row(i), b.scale)
		for j, v := range values {
			if want := float32(0); i == j && (v < 0.99 || v > 1.01) || i != j && (v < want-0.01 || v > 0.01) {
				t.Fatalf("directions %d and %d: inner product %v", i, j, v)
			}
		}
	}
}

// Split codes are loaded as they were saved, and go on in the same way.
func TestSaveSplit(t *testing.T) {
	testutil.NotUnderRace(t)
	x, base, queries := splitIndex(t, vectors.Clustered, 2200)
	saved := map[uint32][]byte{}
	c := x.TakeChanges()
	for _, chunk := range c.Chunks {
		saved[chunk.No] = chunk.Data
	}
	more, _ := vectors.Clustered.Make(32, 50, 1, splitDim)
	all := append(slices.Clone(base), more...)
	chunk := func(no uint32) ([]byte, error) { return saved[no], nil }
	y, err := Load(Config{Dim: splitDim, Seed: 1, Source: rows(all)}, c.Header, chunk)
	if err != nil {
		t.Fatal(err)
	}
	if y.basis() == nil || y.learnAt != x.learnAt || !slices.Equal(y.codes.append(nil, 77), x.codes.append(nil, 77)) {
		t.Fatal("the codes are not as they were")
	}
	for i, v := range more {
		if err := errors.Join(x.Add(uint64(len(base)+i), v), y.Add(uint64(len(base)+i), v)); err != nil {
			t.Fatal(err)
		}
	}
	for _, q := range queries {
		a, err := x.Search(q, 10, 30, nil)
		b, err2 := y.Search(q, 10, 30, nil)
		if errors.Join(err, err2) != nil || !slices.Equal(a, b) {
			t.Fatalf("%v, %v; %v and %v", a, b, err, err2)
		}
	}
	if err := y.Check(); err != nil {
		t.Error(err)
	}
	for at := range saved[basisNo] {
		if at%997 == 0 {
			saved[basisNo][at] ^= 4
			if _, err := Load(Config{Dim: splitDim, Seed: 1, Source: rows(all)}, c.Header, chunk); !errors.Is(err, ErrCorrupt) {
				t.Fatalf("a flipped bit in byte %d of the basis: %v", at, err)
			}
			saved[basisNo][at] ^= 4
		}
	}
}

// Check sees codes that are another vector's.
func TestCheckSplit(t *testing.T) {
	testutil.NotUnderRace(t)
	x, _, _ := splitIndex(t, vectors.Clustered, 2200)
	if err := x.Check(); err != nil {
		t.Fatal(err)
	}
	far, _ := x.slotOf(5)
	for slot := range uint32(x.slots) {
		if x.score(5, slot) < x.score(5, far) {
			far = slot
		}
	}
	x.codes.move(far, 5)
	if err := x.Check(); !errors.Is(err, ErrCorrupt) {
		t.Errorf("codes of another vector: %v", err)
	}
}

// addRows adds rows one by one; it may be called beside the test.
func addRows(t *testing.T, x *Index, base [][]float32, from, to int) {
	t.Helper()
	for id := from; id < to; id++ {
		if err := x.Add(uint64(id), base[id]); err != nil {
			t.Error(err)
		}
	}
}

// Searches go on while a basis is learnt.
func TestLearnBesideSearches(t *testing.T) {
	base, queries := vectors.Clustered.Make(33, learnFirst+40, 20, splitDim)
	x, err := New(Config{Dim: splitDim, M: 4, EfConstruction: 8, Seed: 1, Source: rows(base)})
	if err != nil {
		t.Fatal(err)
	}
	addRows(t, x, base, 0, learnFirst-5)
	done := make(chan struct{})
	go func() {
		defer close(done)
		addRows(t, x, base, learnFirst-5, len(base))
	}()
	for searching := true; searching; {
		select {
		case <-done:
			searching = false
		default:
		}
		for _, q := range queries {
			if found, err := x.Search(q, 10, 40, nil); err != nil || len(found) != 10 {
				t.Fatalf("%d found, %v", len(found), err)
			}
		}
	}
	if x.basis() == nil {
		t.Error("no basis")
	}
}

// A basis is learnt from the nodes that there are, wherever deletes have left them,
// and not before there are enough.
func TestLearnAfterDeletes(t *testing.T) {
	testutil.NotUnderRace(t)
	n := 2*learnFrom + 10
	base, _ := vectors.Clustered.Make(34, n, 1, splitDim)
	x, err := New(Config{Dim: splitDim, M: 4, EfConstruction: 8, Seed: 1, Source: rows(base)})
	if err != nil {
		t.Fatal(err)
	}
	x.learnAt = math.MaxInt
	for id, v := range base {
		if err := x.Add(uint64(id), v); err != nil {
			t.Fatal(err)
		}
	}
	for id := 0; id < n; id += 2 { // every other slot
		if err := x.Delete(uint64(id)); err != nil {
			t.Fatal(err)
		}
	}
	x.learnAt = learnFirst
	if err := x.Add(0, base[0]); err != nil || x.basis() == nil {
		t.Fatalf("no basis of what is left (%v)", err)
	}
	x.recode(newPlain(splitDim))
	x.learnAt = learnFirst
	for id := range uint64(n) {
		if err := x.Delete(id); err != nil && !errors.Is(err, ErrNotFound) {
			t.Fatal(err)
		}
	}
	if err := x.Add(1, base[1]); err != nil || x.basis() != nil {
		t.Errorf("a basis of a single node, of many slots (%v)", err)
	}
	if err := x.Check(); err != nil {
		t.Error(err)
	}
}

// A basis that is given up before it was saved is not saved.
func TestBasisGivenUp(t *testing.T) {
	testutil.NotUnderRace(t)
	x, base, _ := splitIndex(t, vectors.Clustered, 2200)
	x.recode(newPlain(splitDim))
	c := x.TakeChanges()
	byNo := map[uint32][]byte{}
	for _, chunk := range c.Chunks {
		byNo[chunk.No] = chunk.Data
	}
	if byNo[basisNo] != nil {
		t.Error("a basis is saved")
	}
	y, err := Load(Config{Dim: splitDim, Source: rows(base)}, c.Header, func(no uint32) ([]byte, error) { return byNo[no], nil })
	if err != nil || y.basis() != nil {
		t.Errorf("loaded with a basis %v, %v", y != nil && y.basis() != nil, err)
	}
}

// When there are four times as many vectors and these lie elsewhere, codes are along another basis,
// and links score what they do by those; where they lie as before, the basis stays.
func TestLearnAgain(t *testing.T) {
	testutil.NotUnderRace(t)
	n := learnFirst * learnAgain
	first, _ := vectors.Clustered.Make(35, n+10, 1, splitDim)
	elsewhere, _ := vectors.Clustered.Make(36, n+10, 20, splitDim)
	copy(elsewhere, first[:learnFirst+1])
	for what, base := range map[string][][]float32{"the same": first, "elsewhere": elsewhere} {
		x, err := New(Config{Dim: splitDim, M: 4, EfConstruction: 8, Seed: 1, Source: rows(base)})
		if err != nil {
			t.Fatal(err)
		}
		addRows(t, x, base, 0, n)
		x.TakeChanges()
		before := x.basis()
		across := x.meanAcross(before)
		addRows(t, x, base, n, n+10)
		now := x.meanAcross(x.basis())
		t.Logf("%s: %.3f across the old basis, %.3f across the new one", what, across, now)
		if same := x.basis() == before; same != (what == "the same") || now > across+0.01 {
			t.Errorf("%s: the basis is the same: %v", what, same)
		}
		if err := x.Check(); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		if !slices.Contains(changedChunks(x.TakeChanges()), basisNo) {
			t.Errorf("%s: what was learnt is not saved", what)
		}
	}
}

func changedChunks(c Changes) (numbers []uint32) {
	for _, chunk := range c.Chunks {
		numbers = append(numbers, chunk.No)
	}
	return numbers
}

// Exact search and exact pairs miss nothing by what split codes rule out for them.
func TestSplitExact(t *testing.T) {
	testutil.NotUnderRace(t)
	for name, set := range map[string]vectors.Set{"hard": vectors.Hard, "clustered": vectors.Clustered} {
		x, base, queries := splitIndex(t, set, 2500)
		even := func(id uint64) bool { return id%2 == 0 }
		for _, q := range queries {
			var all, some []Result
			for i, v := range base {
				r := Result{uint64(i), simd.Dot(q, v)}
				if all = append(all, r); even(r.ID) {
					some = append(some, r)
				}
			}
			for _, k := range []int{1, 10, 300} {
				got, err := x.Exact(q, k, nil)
				filtered, err2 := x.Exact(q, k, even)
				if err := errors.Join(err, err2); err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(got, best(all, k)) || !slices.Equal(filtered, best(some, k)) {
					t.Fatalf("%s: the %d best are not those", name, k)
				}
			}
		}
		held := map[uint64][]float32{}
		for i, v := range base {
			held[uint64(i)] = v
		}
		for _, threshold := range []float32{0.95, 0.6} {
			want := bruteForce(held, threshold)
			got := collect(t, x.ExactPairs(threshold, unexpected(t)))
			if t.Logf("%s: %d pairs above %v", name, len(want), threshold); len(want) != len(got) {
				t.Errorf("%s: %d pairs above %v, want %d", name, len(got), threshold, len(want))
			}
		}
	}
}

// best sorts results and returns the k best.
func best(all []Result, k int) []Result {
	slices.SortFunc(all, func(a, b Result) int { return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID, b.ID)) })
	return all[:k]
}

// FuzzLoadSplit: split codes and a basis with any content and right checksums load, or are refused; what loads can be
// searched, and added to. What is refused is repaired.
func FuzzLoadSplit(f *testing.F) {
	base, _ := vectors.Hard.Make(37, 140, 1, splitDim)
	x := build(f, base[:130])
	x.learnAt = 100
	x.learnCodes()
	if x.basis() == nil {
		f.Fatal("no basis")
	}
	c := x.TakeChanges()
	f.Add(uint16(0), uint32(3), []byte{0xff})                   // likeness
	f.Add(uint16(0), uint32(6), []byte{0x80, 0x7f})             // the step of directions
	f.Add(uint16(1), uint32(4+60), []byte{0xff, 0x7f})          // the step along of slot 0
	f.Add(uint16(1), uint32(4+62), []byte{0xff, 0xff})          // its slope
	f.Add(uint16(1), uint32(4+64+62), []byte{0x80, 0x7f})       // what its codes leave out
	f.Add(uint16(2), uint32(9), []byte{1, 2, 3, 4, 5, 6, 7, 8}) // codes
	f.Fuzz(func(t *testing.T, which uint16, at uint32, bytes []byte) {
		s := saved{Config{Dim: splitDim, Seed: 1, Source: rows(base)}, c.Header, map[uint32][]byte{}}
		for _, chunk := range c.Chunks {
			s.chunks[chunk.No] = chunk.Data
		}
		no := []uint32{basisNo, codesNo, codesNo + 1, codesNo + 2}[which%4]
		body := slices.Clone(s.chunks[no][:len(s.chunks[no])-4])
		copy(body[int(at)%len(body):], bytes)
		s.chunks[no] = seal(body, no)
		x, err := Load(s.cfg, s.header, s.chunk)
		if err != nil {
			if x, _, err = Repair(s.cfg, s.header, s.chunk); err != nil {
				t.Fatal(err)
			}
			if err := x.Check(); err != nil {
				t.Fatal(err)
			}
		}
		s2 := x.searchers.New().(*searcher)
		x.awaitIncoming()
		x.searchLayer(s2, s2.aim(x, base[0]), []scored{{score: 0, slot: x.entry}}, 20, 0, nil)
		if _, err := x.Exact(base[0], 5, nil); err != nil {
			t.Fatal(err)
		}
		if err := x.Add(1000, base[139]); err != nil {
			t.Fatal(err)
		}
	})
}
