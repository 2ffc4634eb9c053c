package encoder

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestLocate: which of several weights in a folder is the model.
func TestLocate(t *testing.T) {
	const index = `{"weight_map": {"a": "model-00001-of-00001.safetensors"}}`
	all := []string{weightsFile, indexFile, torchName, "dino.pth", "other.bin"} // best first
	for i := range all {
		files := map[string]any{"config.json": "{}", "README.md": "", ".hidden.pth": "", "model-00001-of-00001.safetensors": "x"}
		for _, name := range all[i:] {
			files[name] = index
		}
		dir := modelDir(t, files)
		got, err := locate(dir)
		if err != nil || got.file != all[i] || got.dir != dir || got.name != filepath.Base(dir) {
			t.Errorf("of %v: %+v, %v", all[i:], got, err)
		}
		want := []string{all[i]}
		if all[i] == indexFile {
			want = []string{"model-00001-of-00001.safetensors"}
		}
		if !slices.Equal(got.parts(), want) {
			t.Errorf("%s is %v, want %v", all[i], got.parts(), want)
		}
		wantName := filepath.Base(dir)
		if !slices.Contains(usual, all[i]) {
			wantName = strings.TrimSuffix(all[i], filepath.Ext(all[i]))
		}
		byPath, err := locate(filepath.Join(dir, all[i]))
		if err != nil || byPath.file != all[i] || byPath.dir != dir || byPath.name != wantName {
			t.Errorf("by path: %+v, %v", byPath, err)
		}
	}
}

func TestLocateRefuses(t *testing.T) {
	for want, files := range map[string]map[string]any{
		"model.safetensors":            {"config.json": "{}", ".x.pth": ""},
		"one of a.pth, b.pth":          {"a.pth": "", "b.pth": "", "x.bin": ""},
		"one of a.bin, b.bin":          {"a.bin": "", "b.bin": ""},
		"model.safetensors.index.json": {indexFile: ""},
	} {
		_, err := locate(modelDir(t, files))
		checkError(t, err, ErrWeights, want)
	}
	_, err := locate(filepath.Join(t.TempDir(), "none"))
	checkError(t, err, ErrWeights, "none")
	dir := modelDir(t, nil)
	if err := os.Mkdir(filepath.Join(dir, "x.pth"), 0o700); err != nil {
		t.Fatal(err)
	}
	_, err = Open(dir)
	checkError(t, err, ErrWeights, "regular")
}

// Packed weights follow the file that they came from: in any format, a second
// start uses them, and another file in its place is packed anew.
func TestPackedWeightsOfEveryFormat(t *testing.T) {
	c := keptConfig()
	tensors := [2]map[string]tensor{seededTensors(t, c, 3), seededTensors(t, c, 4)}
	for name, files := range map[string]func(map[string]tensor) map[string]any{
		"dino.pth": func(m map[string]tensor) map[string]any {
			return map[string]any{"dino.pth": torchState(t, dinoTensors(t, m))}
		},
		"shards": func(m map[string]tensor) map[string]any { return shardedFiles(t, m, 3) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := modelDir(t, files(tensors[0]))
			first, want := openAndEmbed(t, dir, Float32)
			if kept := packedFiles(t, dir); len(kept) != 1 {
				t.Fatalf("kept: %v, want one file", kept)
			}
			located, err := locate(dir)
			if err != nil {
				t.Fatal(err)
			}
			d := HFPreprocess()
			config, err := located.inferConfig()
			if err != nil {
				t.Fatal(err)
			}
			key, _ := newPackedKey(located, config, d, options{precision: Float32, descriptor: CLS})
			w, found, err := openPacked(dir, key)
			if err != nil || found.Fingerprint != first.Fingerprint {
				t.Fatalf("the kept weights do not fit: %v", err)
			}
			if err := w.mapped.Unmap(); err != nil {
				t.Fatal(err)
			}
			replace(t, dir, files(tensors[1]))
			second, got := openAndEmbed(t, dir, Float32)
			if first.Fingerprint == second.Fingerprint || slices.Equal(got, want) || len(packedFiles(t, dir)) != 1 {
				t.Errorf("other weights: %+v, then %+v; kept: %v", first, second, packedFiles(t, dir))
			}
		})
	}
}

// replace writes files over those of a model, one of them a minute younger.
func replace(t *testing.T, dir string, files map[string]any) {
	t.Helper()
	others, later := modelDir(t, files), time.Now().Add(time.Minute)
	for name := range files {
		to := filepath.Join(dir, name)
		info, err := os.Stat(to)
		if err == nil {
			err = os.Rename(filepath.Join(others, name), to)
		}
		stamp := later
		if filepath.Ext(name) == ".safetensors" && name != "model-00001-of-00003.safetensors" {
			stamp = info.ModTime()
		}
		if err = errors.Join(err, os.Chtimes(to, stamp, stamp)); err != nil {
			t.Fatal(err)
		}
	}
}
