package engine

import (
	"os"
	"slices"
	"testing"

	"lookalike/internal/imageio"
	"lookalike/internal/pictures"
	"lookalike/internal/simd"
	"lookalike/internal/testutil"
)

// TestDefaultThreshold prints how edited copies score with their originals, and how unrelated pictures score with each
// other, where DefaultDuplicateThreshold comes from; and holds the default to what its comment says. The full figures
// need LOOKALIKE_SOAK=1; otherwise few pictures and edits are looked at.
func TestDefaultThreshold(t *testing.T) {
	testutil.NotUnderRace(t)
	soak := os.Getenv("LOOKALIKE_SOAK") != ""
	for _, tc := range []struct {
		name  string
		paths func(*testing.T) []string
	}{
		{"photos", photos},
		{"made", func(t *testing.T) []string {
			if soak {
				return made(t, 160)
			}
			return made(t, 40)
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			paths := tc.paths(t)
			edits := pictures.Edits()
			if !soak {
				paths = paths[:min(40, len(paths))]
				edits = []pictures.Edit{editNamed(t, "jpeg10"), editNamed(t, "small"), editNamed(t, "brightness")}
			}
			originals := make([][]float32, len(paths))
			for i, p := range paths {
				originals[i] = embedded(t, p, pictures.Edit{})
			}
			pairs, nearest := unrelatedScores(t, originals)
			if got := share(pairs, DefaultDuplicateThreshold); !(got <= 0.001) {
				t.Errorf("%.2f%% of unrelated pairs reach the default threshold", 100*got)
			}
			var copies []float32
			for _, edit := range edits {
				var scores []float32
				for i, p := range paths {
					scores = append(scores, simd.Dot(originals[i], embedded(t, p, edit)))
				}
				quantiles(t, edit.Name, scores)
				copies = append(copies, scores...)
				if got := share(scores, DefaultDuplicateThreshold); !(got >= 0.85) && !soak {
					t.Errorf("%s: %.0f%% of the copies reach the default threshold, want 85%%", edit.Name, 100*got)
				}
			}
			slices.Sort(copies)
			for _, threshold := range []float32{0.80, 0.84, 0.86, 0.88, 0.90, 0.92, 0.94, 0.96} {
				t.Logf("threshold %.2f: %.1f%% of all edited copies reach it, %.1f%% of the pictures have a stranger there, %.0f of a million pairs of strangers",
					threshold, 100*share(copies, threshold), 100*share(nearest, threshold), 1e6*share(pairs, threshold))
			}
		})
	}
}

func embedded(t *testing.T, path string, edit pictures.Edit) []float32 {
	t.Helper()
	img := picture(t, path)
	if edit.Apply != nil {
		img = imageio.FromImage(edit.Apply(img))
	}
	v, err := starter().Embed(t.Context(), img)
	if err != nil {
		t.Fatal(err)
	}
	return v[0]
}

// unrelatedScores gives, sorted, the score of every pair of different pictures, and of each with the most alike.
func unrelatedScores(t *testing.T, originals [][]float32) (pairs, nearest []float32) {
	t.Helper()
	for i, a := range originals {
		best := float32(-1)
		for j, b := range originals {
			if i == j {
				continue
			}
			s := simd.Dot(a, b)
			best = max(best, s)
			if i < j {
				pairs = append(pairs, s)
			}
		}
		nearest = append(nearest, best)
	}
	quantiles(t, "unrelated", pairs)
	quantiles(t, "nearest unrelated", nearest)
	return pairs, nearest
}

func quantiles(t *testing.T, name string, scores []float32) {
	t.Helper()
	slices.Sort(scores)
	at := func(q float64) float32 { return scores[int(q*float64(len(scores)-1))] }
	over := func(threshold float32) float64 { return 100 * share(scores, threshold) }
	t.Logf("%-18s %6d  min %.3f  1%% %.3f  10%% %.3f  median %.3f  90%% %.3f  99%% %.3f  max %.3f   over .80 %.1f%%  .85 %.1f%%  .90 %.1f%%  .95 %.1f%%",
		name, len(scores), at(0), at(.01), at(.1), at(.5), at(.9), at(.99), at(1), over(.80), over(.85), over(.90), over(.95))
}

// share is how many of the sorted scores, of all, reach the threshold.
func share(scores []float32, threshold float32) float64 {
	under, _ := slices.BinarySearch(scores, threshold)
	return float64(len(scores)-under) / float64(len(scores))
}
