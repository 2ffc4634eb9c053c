package index

import (
	"math"
	"slices"
	"testing"

	"lookalike/internal/simd"
	"lookalike/internal/testutil"
	"lookalike/internal/vectors"
)

// Scores by codes are near the cosine, equal from both sides, and exact where
// nodes are nearly equal; the largest error is printed.
func TestScore(t *testing.T) {
	testutil.NotUnderRace(t)
	for _, dim := range []int{3, 32, 64, 192, 768} {
		base, _ := vectors.Clustered.Make(5, 200, 1, dim)
		burst, _ := vectors.Bursts(6, 2, 50, 0, dim, 0.001)
		base = append(base, burst...)
		x := build(t, base)
		worst := 0.0
		for a := range uint32(x.Nodes()) {
			for b := range uint32(x.Nodes()) {
				got, exact := x.score(a, b), simd.Dot(base[a], base[b])
				worst = max(worst, math.Abs(float64(got-exact)))
				if got != x.score(b, a) || exact > nearlyOne+0.01 && got != rounded(exact) {
					t.Fatalf("dim %d: score(%d, %d) = %v, back %v, exact %v", dim, a, b, got, x.score(b, a), exact)
				}
			}
		}
		t.Logf("dim %d: scores are off by at most %.2g", dim, worst)
		if !(worst <= 0.01) {
			t.Errorf("dim %d: off by %g", dim, worst)
		}
	}
}

// Scores of results are exact cosines, whatever a walk compared.
func TestResultsAreExact(t *testing.T) {
	testutil.NotUnderRace(t)
	base, queries := vectors.Hard.Make(7, exactBelow+500, 50, 64)
	x := build(t, base)
	for _, q := range queries {
		found, err := x.Search(q, 10, 64, nil)
		if err != nil || len(found) != 10 {
			t.Fatalf("%d results, %v", len(found), err)
		}
		for _, r := range found {
			if want := simd.Dot(q, base[r.ID]); r.Score != want {
				t.Fatalf("id %d scores %v, want %v", r.ID, r.Score, want)
			}
		}
	}
}

// forms are indexes whose codes are in one form or the other.
func forms(t *testing.T) map[string]*Index {
	t.Helper()
	base, _ := vectors.Hard.Make(31, 1200, 1, 300) // no multiple of a cache line
	all := map[string]*Index{"plain": build(t, base), "split": build(t, base)}
	x := all["split"]
	b := x.learn()
	if b == nil {
		t.Fatal("no basis")
	}
	x.recode(newSplit(300, b))
	for name, x := range all {
		if err := x.Check(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	return all
}

// What a score is off by is less than leftOut, and less than deviation as a rule.
func TestDeviation(t *testing.T) {
	testutil.NotUnderRace(t)
	_, queries := vectors.Hard.Make(31, 1200, 20, 300)
	for name, x := range forms(t) {
		s, all, beyond, far := &searcher{}, 0, 0, 0
		for _, q := range queries {
			target := s.aim(x, q)
			for slot := range uint32(x.slots) {
				v, err := x.vector(slot, nil)
				if err != nil {
					t.Fatal(err)
				}
				off := x.scoreTo(s, target, slot) - simd.Dot(q, v)
				if off = max(off, -off); off > x.codes.leftOut(target, slot) {
					t.Fatalf("%s: slot %d is off by %v, more than %v", name, slot, off, x.codes.leftOut(target, slot))
				}
				deviation := x.codes.deviation(target, slot)
				all++
				if off > deviation {
					beyond++
				}
				if off > slack*deviation {
					far++
				}
			}
		}
		t.Logf("%s: %d of %d scores are off by more than a deviation, %d by more than %d", name, beyond, all, far, slack)
		if beyond > all/5 || far > 0 {
			t.Errorf("%s: too many", name)
		}
	}
}

// A node as a target scores what links have, to the last bit.
func TestAimAt(t *testing.T) {
	for name, x := range forms(t) {
		s := &searcher{}
		for slot := uint32(0); int(slot) < x.slots; slot += 97 {
			v, err := x.vector(slot, nil)
			if err != nil {
				t.Fatal(err)
			}
			target := s.aimAt(x, slot, v)
			for other := range uint32(x.slots) {
				if got, want := rounded(x.scoreTo(s, target, other)), x.score(slot, other); got != want {
					t.Fatalf("%s: slot %d scores %v with %d, and %v as a target", name, slot, want, other, got)
				}
			}
		}
	}
}

// Codes stand for the vector, to what they say they leave out; no other vector has the same.
func TestCodesHold(t *testing.T) {
	for name, x := range forms(t) {
		s, got := &searcher{}, make([]float32, x.cfg.Dim)
		for slot := range uint32(100) {
			v, err := x.vector(slot, nil)
			if err != nil {
				t.Fatal(err)
			}
			x.codes.read(got, slot)
			off := 0.0
			for i := range v {
				off += float64(v[i]-got[i]) * float64(v[i]-got[i])
			}
			if most := x.codes.leftOut(s.aim(x, v), slot); math.Sqrt(off) > float64(most) {
				t.Errorf("%s: the codes of slot %d are %v from its vector, more than %v", name, slot, math.Sqrt(off), most)
			}
			other, err := x.vector(slot+1, nil)
			if err != nil {
				t.Fatal(err)
			}
			if !x.codes.holds(slot, v) || x.codes.holds(slot, other) {
				t.Errorf("%s: slot %d holds %v, and the next one's vector %v", name, slot, x.codes.holds(slot, v), x.codes.holds(slot, other))
			}
		}
	}
}

// Vectors of few large numbers, of nothing along the basis, and of nothing across it have codes that others can be told from by.
func TestSplitExtremes(t *testing.T) {
	x := forms(t)["split"]
	p := x.codes.(*split)
	spike, tilted := make([]float32, 300), make([]float32, 300)
	spike[7], tilted[3], tilted[4] = 1, 0.6, -0.8
	within := make([]float32, 300)
	for j := range within {
		within[j] = float32(p.basis.row(0)[j]) * p.basis.scale
	}
	without := slices.Clone(spike)
	values, _ := p.basis.place(spike)
	for i, v := range values {
		for j := range without {
			without[j] -= v * float32(p.basis.row(i)[j]) * p.basis.scale
		}
	}
	simd.Scale(without, 1/float32(math.Sqrt(sumOfSquares(without))))
	s, got := &searcher{}, make([]float32, 300)
	for name, v := range map[string][]float32{"a spike": spike, "two": tilted, "along": within, "across": without} {
		p.set(5, v)
		p.read(got, 5)
		s.near = []uint32{5}
		target := s.aim(x, v)
		x.codes.compare(s, target, 0.8)
		t.Logf("%s: cosine %v with its codes, score %v, %v with itself", name, simd.Dot(v, got), s.scores, x.codes.score(5, 5))
		if len(s.scores) != 1 || s.scores[0] < 0.85 || s.scores[0] > 1.01 || s.scores[0] < 1-x.codes.leftOut(target, 5) {
			t.Errorf("%s: is ruled out, or scores %v", name, s.scores)
		}
	}
}
