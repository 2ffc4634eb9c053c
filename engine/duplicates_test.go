package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"lookalike/index"
	"lookalike/internal/simd"
	"lookalike/internal/testutil"
	"lookalike/store"
)

// plainGroup is a group by its numbers.
type plainGroup struct {
	Medoid  uint64
	Members []uint64
}

// definition groups by the rule in words, with every pair in a matrix: of all images not in a group, the one with most
// such neighbours (then the greatest sum of scores, then the lowest number) takes them; until there is none.
func definition(ids []uint64, score func(a, b uint64) float32, threshold float32) (groups []plainGroup) {
	free := slices.Clone(ids)
	for {
		best := star{}
		var members []index.Result
		for _, c := range free {
			var leaves []index.Result
			for _, o := range free {
				if s := score(c, o); o != c && s >= threshold {
					leaves = append(leaves, index.Result{ID: o, Score: s})
				}
			}
			slices.SortFunc(leaves, bestFirst)
			if s := newStar(c, leaves); s.leaves > 0 && (best.leaves == 0 || s.compare(best) < 0) {
				best, members = s, leaves
			}
		}
		if best.leaves == 0 {
			return groups
		}
		g := plainGroup{Medoid: best.centre}
		for _, m := range members {
			g.Members = append(g.Members, m.ID)
		}
		groups = append(groups, g)
		free = slices.DeleteFunc(free, func(id uint64) bool { return id == g.Medoid || slices.Contains(g.Members, id) })
	}
}

func bestFirst(a, b index.Result) int {
	return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID, b.ID))
}

// TestCoverIsTheDefinition compares the lazy choice with the definition on random symmetric scores.
func TestCoverIsTheDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 24).Draw(t, "images")
		steps := rapid.IntRange(2, 12).Draw(t, "steps") // few different scores make many ties
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		scores := map[[2]uint64]float32{}
		var ids []uint64
		for i := range uint64(n) {
			ids = append(ids, i+1)
			for j := range i {
				scores[[2]uint64{j + 1, i + 1}] = float32(1+rng.IntN(steps)) / float32(steps)
			}
		}
		score := func(a, b uint64) float32 { return scores[[2]uint64{min(a, b), max(a, b)}] }
		const threshold = 0.7
		look := func(c uint64, taken map[uint64]bool) (leaves []index.Result, err error) {
			for _, o := range ids {
				if s := score(c, o); o != c && !taken[o] && s >= threshold {
					leaves = append(leaves, index.Result{ID: o, Score: s})
				}
			}
			slices.SortFunc(leaves, bestFirst)
			return leaves, nil
		}
		var stars []star
		for _, id := range ids {
			leaves, _ := look(id, nil)
			stars = append(stars, newStar(id, leaves))
		}
		var got []plainGroup
		err := cover(stars, look, func(c uint64, leaves []index.Result) (bool, error) {
			g := plainGroup{Medoid: c}
			for _, l := range leaves {
				g.Members = append(g.Members, l.ID)
			}
			got = append(got, g)
			return true, nil
		})
		if diff := gocmp.Diff(definition(ids, score, threshold), got); diff != "" || err != nil {
			t.Errorf("groups (-definition +cover): %s, %v", diff, err)
		}
	})
}

// clustered stores images whose vectors lie around a few centres, at all distances.
func clustered(t testing.TB, e *Engine, rng *rand.Rand, n int) (ids []uint64) {
	t.Helper()
	dim := e.Model().Dim
	centre := make([]float32, dim)
	var entries []store.Entry
	for i := range n {
		if i%9 == 0 {
			for j := range centre {
				centre[j] = float32(rng.NormFloat64())
			}
		}
		v := slices.Clone(centre)
		for j, spread := 0, 0.6*rng.Float64(); j < dim && i%4 != 0; j++ { // every fourth is an exact twin of the centre
			v[j] += float32(spread * rng.NormFloat64())
		}
		entries = append(entries, vectorEntry(rng, e.Model().Fingerprint, v))
	}
	added, err := e.store(entries)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range added {
		ids = append(ids, a.ID)
	}
	return ids
}

// TestDuplicatesAreTheDefinition asks the engine itself, with identical vectors among the images.
func TestDuplicatesAreTheDefinition(t *testing.T) {
	base, n := t.TempDir(), 0
	for seed := range uint64(3) {
		n++
		rng := rand.New(rand.NewPCG(seed, 7))
		e := openAt(t, filepath.Join(base, fmt.Sprint(n)), unhurried)
		ids := clustered(t, e, rng, 150)
		vectors := map[uint64][]float32{}
		for _, id := range ids {
			vectors[id], _ = e.records.Vector(id)
		}
		score := func(a, b uint64) float32 { return simd.Dot(vectors[a], vectors[b]) }
		for _, threshold := range []float32{0.5, 0.8, 0.95, 1} {
			d, err := e.Duplicates(t.Context(), DuplicateQuery{Threshold: threshold})
			if err != nil {
				t.Fatal(err)
			}
			if diff := gocmp.Diff(definition(ids, score, threshold), plain(d.Groups)); diff != "" {
				t.Errorf("seed %d, threshold %v: groups (-definition +engine):\n%s", seed, threshold, diff)
			}
			noChaining(t, d, score)
		}
	}
}

func plain(groups []Group) (out []plainGroup) {
	for _, g := range groups {
		p := plainGroup{Medoid: g.Medoid.ID}
		for _, m := range g.Members {
			p.Members = append(p.Members, m.Image.ID)
		}
		out = append(out, p)
	}
	return out
}

// noChaining checks what is promised of any answer.
func noChaining(t *testing.T, d Duplicates, score func(a, b uint64) float32) {
	t.Helper()
	seen := map[uint64]bool{}
	for i, g := range d.Groups {
		if len(g.Members) == 0 || i > 0 && len(g.Members) > len(d.Groups[i-1].Members) {
			t.Errorf("group %d has %d members after one with fewer", i, len(g.Members))
		}
		for _, m := range append(g.Members, Match{g.Medoid, 1}) {
			if seen[m.Image.ID] {
				t.Errorf("image %d is in two groups", m.Image.ID)
			}
			seen[m.Image.ID] = true
			if s := score(g.Medoid.ID, m.Image.ID); m.Image.ID != g.Medoid.ID && (s < d.Threshold || s != m.Score) {
				t.Errorf("image %d scores %v with medoid %d, said to be %v", m.Image.ID, s, g.Medoid.ID, m.Score)
			}
		}
	}
}

// TestDuplicatesOfMany has more images than the index compares one by one, and a group larger than the first k.
func TestDuplicatesOfMany(t *testing.T) {
	e := openAt(t, t.TempDir(), unhurried)
	rng := rand.New(rand.NewPCG(1, 2))
	var alike []store.Entry
	v := randomEntry(rng, e.Model().Fingerprint, e.Model().Dim).Vector
	for range 100 {
		w := slices.Clone(v)
		for j := range w {
			w[j] += float32(0.01 * rng.NormFloat64())
		}
		alike = append(alike, vectorEntry(rng, e.Model().Fingerprint, w))
	}
	if _, err := e.store(alike); err != nil {
		t.Fatal(err)
	}
	clustered(t, e, rng, 1150)
	d, err := e.Duplicates(t.Context(), DuplicateQuery{Threshold: 0.9, Limit: 5})
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Groups) != 5 || len(d.Groups[0].Members) != 99 {
		t.Errorf("%d groups, the first with %d members; want 5 and 99", len(d.Groups), len(d.Groups[0].Members))
	}
	noChaining(t, d, func(a, b uint64) float32 {
		x, _ := e.records.Vector(a)
		y, _ := e.records.Vector(b)
		return simd.Dot(x, y)
	})
	again, err := e.Duplicates(t.Context(), DuplicateQuery{Threshold: 0.9, Limit: 5})
	if diff := gocmp.Diff(d, again); diff != "" || err != nil {
		t.Errorf("asked twice (-first +second): %s, %v", diff, err)
	}
}

// TestDuplicatesAsTheyAreFound: progress ascends to the end before the first group, and an error of the visitor's ends it.
func TestDuplicatesAsTheyAreFound(t *testing.T) {
	testutil.NotUnderRace(t)
	e := openAt(t, t.TempDir(), unhurried)
	clustered(t, e, rand.New(rand.NewPCG(3, 3)), 600)
	whole, err := e.Duplicates(t.Context(), DuplicateQuery{})
	if err != nil {
		t.Fatal(err)
	}
	last, groups, enough := 0, 0, errors.New("enough")
	v := DuplicateVisitor{
		Progress: func(done, of int) error {
			if done <= last || done > of || of != e.now().index.Slots() {
				t.Errorf("%d of %d after %d", done, of, last)
			}
			last = done
			return nil
		},
		Exact: func(Image) error { return nil },
		Group: func(g Group) error {
			if diff := gocmp.Diff(whole.Groups[groups], g); diff != "" || last != e.now().index.Slots() {
				t.Errorf("group %d at progress %d: %s", groups, last, diff)
			}
			if groups++; groups == 3 {
				return enough
			}
			return nil
		},
	}
	if err := e.EachDuplicate(t.Context(), DuplicateQuery{}, v); !errors.Is(err, enough) || groups != 3 {
		t.Errorf("%d groups, %v", groups, err)
	}
	v.Progress = func(int, int) error { return enough }
	if err := e.EachDuplicate(t.Context(), DuplicateQuery{}, v); !errors.Is(err, enough) {
		t.Error(err)
	}
}

func TestDuplicatesRefuses(t *testing.T) {
	e := openAt(t, t.TempDir())
	for _, q := range []DuplicateQuery{{Threshold: -0.1}, {Threshold: 1.01}, {Limit: -1}} {
		if _, err := e.Duplicates(t.Context(), q); !errors.Is(err, ErrQuery) {
			t.Errorf("%+v: %v, want ErrQuery", q, err)
		}
	}
	if d, err := e.Duplicates(t.Context(), DuplicateQuery{}); err != nil || d.Threshold != DefaultDuplicateThreshold || d.Groups != nil {
		t.Errorf("empty folder: %+v, %v", d, err)
	}
	clustered(t, e, rand.New(rand.NewPCG(1, 1)), 20)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.Duplicates(ctx, DuplicateQuery{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
