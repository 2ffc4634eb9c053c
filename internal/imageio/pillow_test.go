package imageio

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lookalike/internal/testutil"
)

// TestPillow compares with what Pillow makes of the same files, at full size.
// JPEG's inverse DCT may round differently by one in Y and in Cb, which together
// make 3 of blue (1 + 1.772); everything else must be equal.
func TestPillow(t *testing.T) {
	references, err := filepath.Glob(filepath.Join("testdata", "pillow", "*.png"))
	if err != nil {
		t.Fatal(err)
	}
	tested, worst, worstMean := 0, 0, 0.0
	for _, reference := range references {
		name := strings.TrimSuffix(filepath.Base(reference), ".png")
		if filepath.Ext(name) == "" {
			continue // an input that is itself a PNG
		}
		t.Run(name, func(t *testing.T) {
			got := mustDecode(t, name, readTestdata(t, name))
			want := mustDecode(t, reference, readTestdata(t, name+".png"))
			largest, mean := difference(t, got, want)
			limit, limitMean := 0, 0.0
			if filepath.Ext(name) == ".jpg" {
				limit, limitMean = 3, 0.1
				worst, worstMean = max(worst, largest), max(worstMean, mean)
			}
			if largest > limit || mean > limitMean {
				t.Errorf("differs by up to %d, %.4f on average; allowed: %d, %.4f", largest, mean, limit, limitMean)
			}
			tested++
		})
	}
	t.Logf("%d files; JPEG differs by at most %d, by %.4f on average in the worst file", tested, worst, worstMean)
	if tested < 34 {
		t.Errorf("only %d reference files found", tested)
	}
}

// TestSharedInputs decodes the awkward inputs of the reference preprocessing;
// the encoder's tests compare what comes after.
func TestSharedInputs(t *testing.T) {
	dir := testutil.Shared(t, "golden", "preprocess")
	list, err := os.ReadFile(filepath.Join(dir, "cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Input   string
		Upright []int `json:"upright_size"`
	}
	if err := json.Unmarshal(list, &cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		data, err := ReadFile(filepath.Join(dir, c.Input), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if p := mustDecode(t, c.Input, data); p.Width != c.Upright[0] || p.Height != c.Upright[1] {
			t.Errorf("%s: %dx%d pixels, want %v", c.Input, p.Width, p.Height, c.Upright)
		}
	}
}
