package encoder

import (
	"encoding/binary"
	"encoding/json"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// modelDir writes a model folder; files may be []byte, string or anything for JSON.
func modelDir(t testing.TB, files map[string]any) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		data, ok := content.([]byte)
		if text, isText := content.(string); isText {
			data, ok = []byte(text), true
		}
		if !ok {
			var err error
			if data, err = json.Marshal(content); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// tinyConfig is a ViT that costs nothing.
func tinyConfig() Config {
	c := defaultConfig()
	c.HiddenSize, c.NumHiddenLayers, c.NumAttentionHeads, c.IntermediateSize = 16, 2, 2, 24
	c.ImageSize, c.PatchSize = 32, 8
	return c
}

// recorder is a source that keeps what it has been asked for.
type recorder struct {
	source
	tensors map[string]tensor
}

func (r recorder) read(name string, shape ...int) ([]float32, error) {
	values, err := r.source.read(name, shape...)
	r.tensors[name] = f32Tensor(values, shape...)
	return values, err
}

// seededTensors are the weights of Seeded as they would stand in a file.
func seededTensors(t testing.TB, c Config, seed uint64) map[string]tensor {
	t.Helper()
	r := recorder{seededSource{c, seed}, map[string]tensor{}}
	if _, err := loadWeights(c, r, arithmetic{}); err != nil {
		t.Fatal(err)
	}
	return r.tensors
}

func f32Tensor(values []float32, shape ...int) tensor {
	out := tensor{"F32", shape, nil}
	for _, v := range values {
		out.data = binary.LittleEndian.AppendUint32(out.data, math.Float32bits(v))
	}
	return out
}

// safetensorsFile lays tensors out in the order of their names.
func safetensorsFile(t testing.TB, tensors map[string]tensor) []byte {
	t.Helper()
	header, body := map[string]any{"__metadata__": map[string]string{"format": "pt"}}, []byte(nil)
	for _, name := range slices.Sorted(maps.Keys(tensors)) {
		x := tensors[name]
		header[name] = map[string]any{"dtype": x.dtype, "shape": x.shape, "data_offsets": []int{len(body), len(body) + len(x.data)}}
		body = append(body, x.data...)
	}
	text, err := json.Marshal(header)
	if err != nil {
		t.Fatal(err)
	}
	return rawSafetensors(string(text), string(body))
}

// rawSafetensors puts the length before a header that need not be valid.
func rawSafetensors(header, body string) []byte {
	out := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(out, header...), body...)
}

// openSeeded opens a seeded model by way of files.
func openSeeded(t testing.TB, c Config, seed uint64, change func(map[string]tensor)) (*Encoder, error) {
	t.Helper()
	tensors := seededTensors(t, c, seed)
	if change != nil {
		change(tensors)
	}
	return Open(modelDir(t, map[string]any{"config.json": c, weightsFile: safetensorsFile(t, tensors)}), WithWorkers(1))
}
