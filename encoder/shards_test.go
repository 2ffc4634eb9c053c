package encoder

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// shardedFiles cuts tensors into n shards, by turns.
func shardedFiles(t testing.TB, tensors map[string]tensor, n int) map[string]any {
	t.Helper()
	index, shards := shardIndex{}, make([]map[string]tensor, n)
	for i, name := range slices.Sorted(maps.Keys(tensors)) {
		if shards[i%n] == nil {
			shards[i%n] = map[string]tensor{}
		}
		shards[i%n][name] = tensors[name]
		index[name] = fmt.Sprintf("model-%05d-of-%05d.safetensors", i%n+1, n)
	}
	files := map[string]any{indexFile: map[string]any{"metadata": map[string]any{"total_size": 7}, "weight_map": index}}
	for i, shard := range shards {
		files[fmt.Sprintf("model-%05d-of-%05d.safetensors", i+1, n)] = safetensorsFile(t, shard)
	}
	return files
}

// shardedTiny is testdata/tiny in three shards.
func shardedTiny(t *testing.T) string {
	t.Helper()
	config, err := os.ReadFile("testdata/tiny/config.json")
	if err != nil {
		t.Fatal(err)
	}
	files := shardedFiles(t, openFiles(t, "testdata/tiny").tensors, 3)
	files["config.json"] = config
	return modelDir(t, files)
}

func TestOpenRefusesShards(t *testing.T) {
	const first, second = "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"
	for name, c := range map[string]struct {
		change func(files map[string]any, index shardIndex)
		want   string
	}{
		"missing file":     {func(f map[string]any, _ shardIndex) { delete(f, second) }, second},
		"missing tensor":   {func(_ map[string]any, x shardIndex) { x["more"] = second }, `"more" is missing in ` + second},
		"unlisted tensor":  {func(_ map[string]any, x shardIndex) { delete(x, "layernorm.bias") }, `"layernorm.bias" is in`},
		"in another file":  {func(_ map[string]any, x shardIndex) { x["layernorm.bias"] = other(x["layernorm.bias"], first, second) }, `"layernorm.bias"`},
		"damaged shard":    {func(f map[string]any, _ shardIndex) { f[first] = "1234567" }, first},
		"outside":          {func(_ map[string]any, x shardIndex) { x["layernorm.bias"] = "../" + first }, "beside the index"},
		"absolute":         {func(_ map[string]any, x shardIndex) { x["layernorm.bias"] = "/etc/x.safetensors" }, "beside the index"},
		"backslashes":      {func(_ map[string]any, x shardIndex) { x["layernorm.bias"] = `..\x.safetensors` }, "beside the index"},
		"another format":   {func(_ map[string]any, x shardIndex) { x["layernorm.bias"] = "model.bin" }, "beside the index"},
		"nothing":          {func(_ map[string]any, x shardIndex) { clear(x) }, "weight_map"},
		"too many files":   {func(_ map[string]any, x shardIndex) { manyShards(x) }, "more than 1024"},
		"index is a chart": {func(f map[string]any, _ shardIndex) { f[indexFile] = "[]" }, "not a JSON object"},
	} {
		t.Run(name, func(t *testing.T) {
			files := shardedFiles(t, seededTensors(t, tinyConfig(), 1), 2)
			index := files[indexFile].(map[string]any)["weight_map"].(shardIndex)
			files["config.json"] = tinyConfig()
			c.change(files, index)
			_, err := Open(modelDir(t, files))
			checkError(t, err, ErrWeights, c.want)
		})
	}
}

func other(x, a, b string) string {
	if x == a {
		return b
	}
	return a
}

func manyShards(x shardIndex) {
	for i := range maxShards + 1 {
		x[fmt.Sprint(i)] = fmt.Sprintf("%d.safetensors", i)
	}
}

// indexes are shard indexes with a part of the answer, "" for a sound one.
var indexes = []struct{ text, want string }{
	{`{"metadata": {"total_size": 1}, "weight_map": {"a": "m-1.safetensors", "b": "m-2.safetensors"}}`, ""},
	{`{"weight_map": {"a": "m.safetensors", "a": "m.safetensors"}}`, "twice"},
	{`{"weight_map": {"a": "m.safetensors"}, "weight_map": {}}`, "twice"},
	{`{"weight_map": {"a": "m.safetensors"}} {}`, "follows"},
	{`{"weight_map": {"a": 7}}`, `"a"`},
	{`{"weight_map": {"a": null}}`, "beside"},
	{`{"weight_map": {"a": ".safetensors"}}`, "beside"},
	{`{"weight_map": {"a": "C:m.safetensors"}}`, "beside"},
	{`{"weight_map": ["a"]}`, "not a JSON object"},
	{`{"weight_map": {"a": "m.safetensors"}`, "EOF"},
	{`{"metadata": ` + strings.Repeat("[", 20000), "depth"},
	{`{"metadata": {}}`, "no weight_map"},
	{`{7: 8}`, "invalid"},
	{``, "not a JSON object"},
}

func TestParseIndex(t *testing.T) {
	for _, c := range indexes {
		_, err := parseIndex([]byte(c.text))
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%.90s: %v does not say %q", c.text, err, c.want)
		}
	}
	if _, err := parseIndex(make([]byte, maxIndex+1)); err == nil {
		t.Error("an index beyond the limit was accepted")
	}
}

func FuzzShardIndex(f *testing.F) {
	for _, c := range indexes {
		f.Add([]byte(c.text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		index, err := parseIndex(data)
		if err != nil {
			return
		}
		if !json.Valid(data) {
			t.Error("accepted what is not JSON")
		}
		for _, file := range index.files() {
			if filepath.Base(file) != file || filepath.Ext(file) != ".safetensors" {
				t.Errorf("accepted the file name %q", file)
			}
		}
	})
}
