package main

import (
	"path/filepath"
	"strings"
	"testing"

	"lookalike/encoder"
)

// TestPrecisionFlag: every name that the encoder takes, and no other.
func TestPrecisionFlag(t *testing.T) {
	var p precisionFlag
	for _, bad := range []string{"", "double", "Float32", "float32 "} {
		if err := p.Set(bad); err == nil || !strings.Contains(err.Error(), "float32, float16, bfloat16, int8, auto") || p.given {
			t.Errorf("Set(%q): %v, %+v", bad, err, p)
		}
	}
	for _, name := range encoder.Precisions() {
		p.given = false
		if err := p.Set(string(name)); err != nil || p.String() != string(name) || !p.given {
			t.Errorf("Set(%q): %v, %+v", name, err, p)
		}
	}
}

// TestNotePrecision: a command that opens its encoder twice says it once.
func TestNotePrecision(t *testing.T) {
	var stderr strings.Builder
	a := &app{stderr: &stderr}
	for _, note := range []string{"", "no such instructions", "no such instructions"} {
		a.notePrecision(note)
	}
	if got := stderr.String(); got != "precision: no such instructions\n" {
		t.Errorf("said %q", got)
	}
}

// TestPrecisionOfLibrary: a picture finds itself in each precision, whatever
// this machine has instructions for and whichever made the library's vectors.
func TestPrecisionOfLibrary(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	_, made := gallery(t, 2)
	lookalike(t, data, "add", made[0].Path).want(t, 0, "0 failed")
	for _, p := range encoder.Precisions() {
		o := lookalike(t, data, "search", made[0].Path, "--precision", string(p), "--json").want(t, 0)
		if results := into[found](t, o).Results; len(results) == 0 || !(results[0].Score > 0.95) {
			t.Errorf("%s: a picture finds itself as %+v", p, results)
		}
	}
}

// TestPrecisionOfEmbed: float32 is what embed prints unless told otherwise.
func TestPrecisionOfEmbed(t *testing.T) {
	_, made := gallery(t, 2)
	plain := lookalike(t, "", "embed", made[0].Path).want(t, 0)
	if exact := lookalike(t, "", "embed", "--precision", "float32", made[0].Path).want(t, 0); exact.stdout != plain.stdout {
		t.Error("embed does not default to float32")
	}
	lookalike(t, "", "embed", "--precision", "int8", made[0].Path).want(t, 0, `"dim":192`)
}

// TestPrecisionOfServer: a server computes as it was started, and a command
// that asks otherwise is told.
func TestPrecisionOfServer(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	startServer(t, data, "--precision", "float32")
	lookalike(t, data, "stats", "--precision", "int8").want(t, 0, "--precision has no effect: the server")
	if o := lookalike(t, data, "stats").want(t, 0); strings.Contains(o.stderr, "--precision") {
		t.Errorf("not asked for, but said: %s", o.stderr)
	}
}
