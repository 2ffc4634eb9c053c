package encoder

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// formatsConfig is the model of testdata/formats, with DINO's epsilon.
func formatsConfig() Config {
	c := defaultConfig()
	c.HiddenSize, c.NumHiddenLayers, c.NumAttentionHeads, c.IntermediateSize = 64, 1, 1, 32
	c.ImageSize, c.PatchSize, c.LayerNormEps = 8, 4, dinoEps
	return c
}

// formatsSource makes the values that make_formats.py makes.
type formatsSource struct{}

func (formatsSource) surplus(map[string]bool) error { return nil }

func (formatsSource) read(name string, shape ...int) ([]float32, error) {
	count := 1
	for _, n := range shape {
		count *= n
	}
	values := make([]float32, count)
	for i := range values {
		v := uint64(i)*2654435761 + fnv1a(name)&(1<<32-1)
		values[i] = (float32(v>>7%65) - 32) / 64
	}
	return values, nil
}

// TestFormats: real checkpoints have the values that went into them, bit for
// bit, and the config that fits them.
func TestFormats(t *testing.T) {
	want := recorder{formatsSource{}, map[string]tensor{}}
	if _, err := loadWeights(formatsConfig(), want, arithmetic{}); err != nil {
		t.Fatal(err)
	}
	for name, dtype := range map[string]string{
		"timm_float16.pth": "F16", "bfloat16.bin": "BF16", "views.pth": "F16",
		"training.pth": "F16", "module.pth": "F16", "protocol4.pth": "F16",
	} {
		t.Run(name, func(t *testing.T) {
			e, err := Open(filepath.Join("testdata", "formats", name), WithWorkers(1))
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			c := formatsConfig()
			if name == "bfloat16.bin" { // Hugging Face's names
				c.LayerNormEps = 1e-12
			}
			if diff := cmp.Diff(c, e.Config()); diff != "" {
				t.Error(diff)
			}
			if want := strings.TrimSuffix(name, filepath.Ext(name)); e.Model().Name != want {
				t.Errorf("the model is called %s, want %s", e.Model().Name, want)
			}
			compareTensors(t, filepath.Join("testdata", "formats", name), dtype, want.tensors)
		})
	}
}

// compareTensors compares a checkpoint's tensors with float32 ones.
func compareTensors(t *testing.T, path, dtype string, want map[string]tensor) {
	t.Helper()
	got := openFiles(t, path).tensors
	if len(got) != len(want) {
		t.Errorf("%d tensors, want %d", len(got), len(want))
	}
	for name, w := range want {
		g := got[name]
		values, err := g.floats()
		if err != nil || g.dtype != dtype {
			t.Errorf("%s: type %q, want %q (%v)", name, g.dtype, dtype, err)
		}
		if diff := cmp.Diff(w, f32Tensor(values, g.shape...), cmp.AllowUnexported(tensor{})); diff != "" {
			t.Errorf("%s differs", name)
		}
	}
}

// openFiles maps a checkpoint for the time of a test.
func openFiles(t *testing.T, path string) *checkpoint {
	t.Helper()
	files, err := locate(path)
	if err != nil {
		t.Fatal(err)
	}
	c, err := files.open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.close() })
	return c
}

// TestFormatsRefused: what no encoder can be made of is refused with a reason.
func TestFormatsRefused(t *testing.T) {
	for name, want := range map[string]string{
		"legacy.pth": "before 1.6", "module_object.pth": "torch.nn.modules.linear.Linear", "make_formats.py": "not a zip",
		"float64.pth": "config.json", "none.pth": "none.pth",
	} {
		_, err := Open(filepath.Join("testdata", "formats", name))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v does not say %q", name, err, want)
		}
		if !errors.Is(err, ErrWeights) && !errors.Is(err, ErrConfig) {
			t.Errorf("%s: %v is of no kind", name, err)
		}
	}
}

// tinyFormats are the files that hold the golden tiny model.
var tinyFormats = []string{weightsFile, torchName, "dino_pretrain.pth"}

// TestTinyFormats: the formats and names make no difference, in a folder with
// config.json or by the file's path, nor does cutting the file into shards.
func TestTinyFormats(t *testing.T) {
	golden := readGolden[tinyGolden](t, "tiny/golden.json")
	px := SeededPixels(0, golden.Cases[0].Height, golden.Cases[0].Width, golden.Seed)
	var want Output
	paths := []string{"testdata/tiny", shardedTiny(t)}
	for _, name := range tinyFormats {
		paths = append(paths, filepath.Join("testdata/tiny", name), tinyFolder(t, name))
	}
	for i, path := range paths {
		e, err := Open(path, WithWorkers(1))
		if err != nil {
			t.Fatal(err)
		}
		got, err := e.Forward(t.Context(), px)
		if err = errors.Join(err, e.Close()); err != nil {
			t.Fatal(err)
		}
		if e.Model().Fingerprint != tinyFingerprint {
			t.Errorf("%s: another fingerprint", path)
		}
		if i == 0 {
			want = got
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: another output", path)
		}
		size := len(got.Tokens)
		if worst := maxError(t, got.Tokens, golden.Cases[0].LastHiddenState[:size]); !(worst <= 2e-5) {
			t.Errorf("%s: %g from the oracle", path, worst)
		}
	}
}

// tinyFolder is a folder with one of the formats and config.json.
func tinyFolder(t *testing.T, name string) string {
	t.Helper()
	files := map[string]any{}
	for _, name := range []string{name, "config.json"} {
		data, err := os.ReadFile(filepath.Join("testdata/tiny", name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = data
	}
	return modelDir(t, files)
}

// TestFingerprintsStay: libraries have stored them.
func TestFingerprintsStay(t *testing.T) {
	starter, err := Starter()
	if err != nil {
		t.Fatal(err)
	}
	defer starter.Close()
	seeded, err := Seeded(tinyConfig(), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer seeded.Close()
	for got, want := range map[string]string{
		starter.Model().Fingerprint: "568a84be2fb42196cab9874a746286c0414ed11c40a021d3a3a54faf4859b827",
		seeded.Model().Fingerprint:  "06784548ebb8112e9aa59fc3741fe13a255a9ce85fb64fee3830b33fe7a14cba",
	} {
		if got != want {
			t.Errorf("fingerprint %s, once %s", got, want)
		}
	}
}

// tinyFingerprint is that of testdata/tiny, whatever its format.
const tinyFingerprint = "70463917b4eddbe791b038a67bd871b2b1094c42c53e473af8cf8d137619f42a"
