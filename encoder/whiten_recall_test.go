package encoder

import (
	"image"
	"path/filepath"
	"slices"
	"testing"

	"lookalike/internal/imageio"
	"lookalike/internal/pictures"
	"lookalike/internal/simd"
	"lookalike/internal/testutil"
	"lookalike/internal/whiten"
)

// BenchmarkWhitenRecall measures what whitening gains on edited copies of real pictures, in a library of these alone or with
// 1,000 made pictures beside them, and from what it is learned:
//
//   - recall@1: the first of the library is the original
//   - precision: average precision of all pairs of an edited copy and a real picture, ordered by their score, as one threshold
//     for all would see them
//   - stranger: the score that one pair of different pictures in a thousand exceeds
//   - grey, crop60: recall@1 of these edits
//
// It takes minutes:
//
//	go test -run xxx -bench WhitenRecall -benchtime 1x -timeout 60m ./encoder
func BenchmarkWhitenRecall(b *testing.B) {
	photos, err := filepath.Glob(filepath.Join(testutil.Shared(b, "photos"), "*.jpg"))
	if err != nil || len(photos) == 0 {
		b.Fatalf("%d photos, %v", len(photos), err)
	}
	for _, descriptor := range Descriptors() {
		s := newWhitenSet(b, descriptor, photos)
		for _, learned := range []struct {
			name string
			from [][]float32
		}{
			{"plain", nil}, {"from-161-photos", s.photos}, {"from-1000-made", s.made}, {"from-both", slices.Concat(s.photos, s.made)},
		} {
			for _, library := range []struct {
				name    string
				vectors [][]float32
			}{{"among-161", s.photos}, {"among-1161", slices.Concat(s.photos, s.made)}} {
				b.Run(string(descriptor)+"/"+learned.name+"/"+library.name, func(b *testing.B) {
					for b.Loop() {
						s.measure(b, learned.from, library.vectors)
					}
				})
			}
		}
	}
}

// whitenSet are vectors that were not whitened.
type whitenSet struct {
	photos, made [][]float32
	queries      map[string][][]float32 // an edit's name -> the edited photos
}

func newWhitenSet(b *testing.B, descriptor Descriptor, photos []string) (s whitenSet) {
	e, err := Starter(WithDescriptor(descriptor))
	if err != nil {
		b.Fatal(err)
	}
	defer e.Close()
	embed := func(img image.Image) []float32 {
		v, err := e.Embed(b.Context(), imageio.FromImage(img))
		if err != nil {
			b.Fatal(err)
		}
		return v[0]
	}
	s.queries = map[string][][]float32{}
	for _, photo := range photos {
		img := decodeFile(b, photo)
		s.photos = append(s.photos, embed(img))
		for _, edit := range pictures.Edits() {
			s.queries[edit.Name] = append(s.queries[edit.Name], embed(edit.Apply(img)))
		}
	}
	for seed := range uint64(1000) {
		s.made = append(s.made, embed(pictures.Make(1000+seed, 144, 144)))
	}
	return s
}

func (s whitenSet) measure(b *testing.B, from, library [][]float32) {
	whitened := func(v []float32) []float32 { return v }
	if from != nil {
		w, err := whiten.Learn(from)
		if err != nil {
			b.Fatal(err)
		}
		whitened = func(v []float32) []float32 {
			x, err := w.Apply(v)
			if err != nil {
				b.Fatal(err)
			}
			return x
		}
	}
	all := each(library, whitened)
	photos, mean := all[:len(s.photos)], 0.0
	var pairs []scoredPair
	for _, edit := range pictures.Edits() {
		var found tally
		for i, q := range each(s.queries[edit.Name], whitened) {
			found.count(most(all, q) == i)
			for j, v := range photos {
				pairs = append(pairs, scoredPair{simd.Dot(q, v), i == j})
			}
		}
		if edit.Name == "grey" || edit.Name == "crop60" {
			b.ReportMetric(found.share(), edit.Name)
		}
		mean += found.share() / float64(len(pictures.Edits()))
	}
	b.ReportMetric(mean, "recall@1")
	b.ReportMetric(averagePrecision(pairs), "precision")
	b.ReportMetric(thousandth(photos), "stranger")
}

func each(vectors [][]float32, do func([]float32) []float32) (out [][]float32) {
	for _, v := range vectors {
		out = append(out, do(v))
	}
	return out
}

type scoredPair struct {
	score float32
	right bool
}

// averagePrecision is the mean, over the right pairs, of the share of right ones among those that score no less.
func averagePrecision(pairs []scoredPair) (mean float64) {
	slices.SortFunc(pairs, func(a, b scoredPair) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return 0
	})
	right := 0.0
	for i, p := range pairs {
		if p.right {
			right++
			mean += right / float64(i+1)
		}
	}
	return mean / right
}
