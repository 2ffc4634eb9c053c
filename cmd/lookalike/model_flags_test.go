package main

import (
	"bytes"
	"fmt"
	"image/png"
	"path/filepath"
	"testing"

	"lookalike/encoder"
	"lookalike/internal/pictures"
	"lookalike/internal/testutil"
	"lookalike/store"
)

// beginChange leaves a change to the starter at another size under way, as a process does that was killed right after its start.
func beginChange(t *testing.T, data string, side int) {
	t.Helper()
	enc, err := encoder.Starter(encoder.WithSize(side, side))
	if err != nil {
		t.Fatal(err)
	}
	m := enc.Model()
	_ = enc.Close()
	s, err := store.Open(data, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.BeginReembedding(store.Spec{Name: "starter", Size: fmt.Sprintf("%dx%d", side, side)}, m.Fingerprint, m.Dim, nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestModelUseGoesOn: a change that was cut off goes on with the flags that it began with, by its name alone or by a server; others
// are refused, or begin anew with --restart; and the library remembers them.
func TestModelUseGoesOn(t *testing.T) {
	s, picture, _ := reembedLibrary(t, 3)
	beginChange(t, s.data, 64)
	s.run(t, "model", "status").want(t, 0, "stopped", "starter --size 64x64", "lookalike model use starter")
	s.run(t, "model", "use", "starter", "--size", "80").want(t, exitUnusable,
		`is under way with starter --size 64x64, not with starter --size 80x80: "lookalike model use starter" goes on with it`, "--restart")
	s.run(t, "model", "use", "tiny").want(t, exitUnusable, "--restart")
	s.run(t, "model", "use", "starter").want(t, 0, "starter is in use")
	s.run(t, "stats").want(t, 0, "--size 64x64")
	s.run(t, "search", picture).want(t, 0, "1.0000", filepath.Base(picture))

	beginChange(t, s.data, 96)
	s.run(t, "model", "use", "starter", "--size", "80", "--descriptor", "copy", "--restart").want(t, 0, "starter is in use: 384 dimensions")
	s.run(t, "stats").want(t, 0, "--size 80x80 --descriptor copy")
	s.run(t, "search", picture).want(t, 0, "1.0000")

	beginChange(t, s.data, 48)
	startServer(t, s.data) // goes on without being asked
	s.run(t, "model", "status", "--wait").want(t, 0, "idle")
	s.run(t, "stats").want(t, 0, "--size 48x48")
	s.run(t, "model", "use", "starter", "--size", "bad").want(t, exitUsage)
	s.run(t, "model", "use", "starter", "--size", "50").want(t, exitUnusable, "no multiple of the model's patches")
	s.run(t, "model", "use", "tiny", "--wait").want(t, 0, "tiny is in use: 48 dimensions")
}

// TestModelUseWhiten: refused for few pictures with how many are needed; else the library is whitened and says so.
func TestModelUseWhiten(t *testing.T) {
	testutil.NotUnderRace(t)
	s := newHubSite(t)
	s.run(t, "model", "import", tinyDir).want(t, 0)
	s.run(t, "model", "use", "tiny").want(t, 0)
	s.run(t, "model", "use", "tiny", "--whiten").want(t, exitUnusable, "0 different pictures, and 96 are needed")
	dir := t.TempDir()
	picture := filepath.Join(dir, "1.png")
	for seed := range uint64(100) {
		var file bytes.Buffer
		if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&file, pictures.Make(seed, 48, 40)); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, fmt.Sprintf("%d.png", seed)), file.String())
	}
	s.run(t, "add", dir).want(t, 0, "100 added")
	s.run(t, "model", "use", "tiny", "--whiten").want(t, 0, "tiny is in use: 48 dimensions")
	s.run(t, "stats").want(t, 0, "tiny (48 dimensions", "--whiten")
	s.run(t, "search", picture).want(t, 0, "1.0000", "1.png")
	s.run(t, "model", "use", "tiny", "--whiten").want(t, 0)
	s.run(t, "check").want(t, 0, "0 problems")
	s.run(t, "model", "use", "tiny").want(t, 0)
	if o := s.run(t, "stats", "--json").want(t, 0); bytes.Contains([]byte(o.stdout), []byte("--whiten")) {
		t.Errorf("still whitened: %s", o.stdout)
	}
	s.run(t, "search", picture).want(t, 0, "1.0000", "1.png")
}
