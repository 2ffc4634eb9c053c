package main

import (
	"path/filepath"
	"testing"

	"lookalike/api"
	"lookalike/encoder"
)

func TestDescriptorFlag(t *testing.T) {
	var d descriptorFlag
	for _, bad := range []string{"", "gem", "CLS", "copy "} {
		if err := d.Set(bad); err == nil || d.given {
			t.Errorf("Set(%q): %v, %+v", bad, err, d)
		}
	}
	for _, name := range encoder.Descriptors() {
		d.given = false
		if err := d.Set(string(name)); err != nil || d.String() != string(name) || !d.given {
			t.Errorf("Set(%q): %v, %+v", name, err, d)
		}
	}
}

// TestDescriptorOfLibrary: vectors of two descriptors never share a data folder.
func TestDescriptorOfLibrary(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	dir, made := gallery(t, 3)
	lookalike(t, "", "embed", made[0].Path, "--descriptor", "copy").want(t, 0, `"dim":384`)
	lookalike(t, "", "embed", made[0].Path, "--descriptor", "gem").want(t, exitUsage, "not one of cls, copy")
	lookalike(t, data, "add", dir, "--descriptor", "copy").want(t, 0)
	results := into[found](t, lookalike(t, data, "search", made[0].Path, "--descriptor", "copy", "--json").want(t, 0)).Results
	if len(results) == 0 || !(results[0].Score > 0.999) {
		t.Errorf("a picture finds itself as %+v", results)
	}
	lookalike(t, data, "search", made[0].Path).want(t, 0)
	lookalike(t, data, "search", made[0].Path, "--descriptor", "cls").want(t, exitUnusable, "another model", "opened as: starter --descriptor copy")
	startServer(t, data)
	stats := into[api.Stats](t, lookalike(t, data, "stats", "--descriptor", "cls", "--json").want(t, 0, "--descriptor has no effect: the server"))
	if stats.Model.Dim != 384 {
		t.Errorf("%+v", stats.Model)
	}
}
