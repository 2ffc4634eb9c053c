package main

import (
	"path/filepath"
	"strings"
	"testing"

	"lookalike/encoder"
)

func TestSizeFlag(t *testing.T) {
	for text, want := range map[string]string{"448": "448", "448x448": "448", "448x320": "448x320", "1x32767": "1x32767"} {
		var s sizeFlag
		if err := s.Set(text); err != nil || s.String() != want || !s.given || len(s.options()) != 1 {
			t.Errorf("Set(%q): %v, %q", text, err, s.String())
		}
	}
	for _, bad := range []string{"", "0", "x", "448x", "x448", "448x0", "-448", "+448", "448 x 320", "448X320", "448x320x3", "32768", "4e2", "large"} {
		var s sizeFlag
		if err := s.Set(bad); err == nil || !strings.Contains(err.Error(), "WIDTHxHEIGHT") || s.given || s.String() != "" || s.options() != nil {
			t.Errorf("Set(%q): %v, %+v", bad, err, s)
		}
	}
}

// TestSizeOfEmbed: another size is another vector; the starter's own is the
// one that it has without the flag.
func TestSizeOfEmbed(t *testing.T) {
	_, made := gallery(t, 2)
	embed := func(args ...string) string {
		return lookalike(t, "", append([]string{"embed", made[0].Path}, args...)...).want(t, 0, `"dim":192`).stdout
	}
	plain, large, wide := embed(), embed("--size", "224"), embed("--size", "224x112")
	if large == plain || wide == plain || wide == large || embed("--size", "144x144") != plain {
		t.Error("sizes and vectors do not go together")
	}
	for args, want := range map[string]string{
		"embed x.png --size 450x448": "450x448 is no multiple of the model's patches of 16x16; 448x448 is",
		"embed x.png --size 4096":    "65536 patches of 16x16; the limit is 8191",
		"embed x.png --size 5000":    "each side is 1 to 4096 pixels",
	} {
		lookalike(t, "", strings.Fields(args)...).want(t, exitUnusable, want)
	}
	lookalike(t, "", "embed", "x.png", "--size", "big").want(t, exitUsage, "WIDTHxHEIGHT, such as 448x320")
}

// TestSizeOfAttention: the grid of patches follows the input.
func TestSizeOfAttention(t *testing.T) {
	_, made := gallery(t, 2)
	m := into[attentionNumbers](t, lookalike(t, "", "attention", made[0].Path, "--json", "--size", "224x160").want(t, 0))
	if m.Rows != 10 || m.Columns != 14 {
		t.Errorf("%dx%d patches", m.Columns, m.Rows)
	}
}

// TestSizeOfLibrary: vectors of two sizes never share a data folder, which remembers its size.
func TestSizeOfLibrary(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	dir, made := gallery(t, 3)
	lookalike(t, data, "add", dir, "--size", "224").want(t, 0)
	results := into[found](t, lookalike(t, data, "search", made[0].Path, "--size", "224", "--json").want(t, 0)).Results
	if len(results) == 0 || !(results[0].Score > 0.999) {
		t.Errorf("a picture finds itself as %+v", results)
	}
	if remembered := into[found](t, lookalike(t, data, "search", made[0].Path, "--json").want(t, 0)).Results; len(remembered) == 0 || remembered[0] != results[0] {
		t.Errorf("without the flag %+v, with it %+v", remembered, results)
	}
	lookalike(t, data, "stats").want(t, 0, "--size 224x224")
	for _, args := range [][]string{{"stats", "--size", "112"}, {"search", made[0].Path, "--size", "144"}, {"serve", "--listen", "127.0.0.1:0", "--size", "112"}} {
		lookalike(t, data, args...).want(t, exitUnusable, "another model", "the folder's was opened as: starter --size 224x224")
	}
	startServer(t, data)
	again := into[found](t, lookalike(t, data, "search", made[0].Path, "--size", "448", "--json").want(t, 0, "--size has no effect: the server")).Results
	if len(again) == 0 || again[0] != results[0] {
		t.Errorf("by the server %+v, before %+v", again, results)
	}
}

// TestBenchSize: a seeded model of another shape, at another size.
func TestBenchSize(t *testing.T) {
	r := into[encoderReport](t, lookalike(t, "", "bench", "encoder", "--model", "starter", "--size", "64x32", "--rounds", "1", "--precision", "float32", "--json").want(t, 0))
	c, err := encoder.Starter(encoder.WithWorkers(1))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if r.Width != 64 || r.Height != 32 || r.GFLOP != nominalFLOPs(c.Config(), 64, 32)/1e9 {
		t.Errorf("%+v", r)
	}
	small := into[encoderReport](t, lookalike(t, "", "bench", "encoder", "--seeded", "--shape", "vits16", "--size", "32", "--rounds", "1", "--precision", "float32", "--json").want(t, 0))
	if small.GFLOP != nominalFLOPs(encoder.ViT(384, 6, 16), 32, 32)/1e9 {
		t.Errorf("%+v", small)
	}
	lookalike(t, "", "bench", "encoder", "--seeded", "--shape", "vitl16").want(t, exitUsage, "vitl16 is none of vitb16, vitb8, vits16, vits8")
	lookalike(t, "", "bench", "encoder", "--shape", "vits16").want(t, exitUsage, "add --seeded")
}
