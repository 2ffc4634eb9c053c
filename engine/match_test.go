package engine

import (
	"context"
	"errors"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lookalike/encoder"
	"lookalike/internal/imageio"
	"lookalike/internal/patches"
	"lookalike/internal/pictures"
)

// TestMatch: stored with stored and with bytes is what the encoder's patches
// of both say.
func TestMatch(t *testing.T) {
	e := openAt(t, t.TempDir())
	one, two := pictures.Make(1, 64, 48), pictures.Make(2, 64, 48)
	a, err := starter().Patches(t.Context(), one)
	if err != nil {
		t.Fatal(err)
	}
	b, err := starter().Patches(t.Context(), two)
	if err != nil {
		t.Fatal(err)
	}
	want, err := patches.Mutual(t.Context(), a, b)
	if err != nil {
		t.Fatal(err)
	}
	uploaded := add(t, e, upload(1)).ID
	imported := add(t, e, Source{Path: write(t, t.TempDir(), "b.png", madePNG(2))}).ID
	for name, ask := range map[string]func() (patches.Match, error){
		"ids":    func() (patches.Match, error) { return e.MatchIDs(t.Context(), uploaded, imported) },
		"upload": func() (patches.Match, error) { return e.MatchImage(t.Context(), uploaded, "b.png", madePNG(2)) },
	} {
		got, err := ask()
		if diff := cmp.Diff(want, got); diff != "" || err != nil || len(got.Pairs) == 0 {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
	self, err := e.MatchIDs(t.Context(), uploaded, uploaded)
	if err != nil || len(self.Pairs) == 0 {
		t.Fatalf("with itself: %v", err)
	}
	for _, p := range self.Pairs {
		if p.A != p.B || !(p.Score > 0.999) {
			t.Errorf("with itself: %+v", p)
		}
	}
}

func TestMatchRefuses(t *testing.T) {
	enc, err := encoder.Starter()
	if err != nil {
		t.Fatal(err)
	}
	e := openAt(t, t.TempDir(), func(c *Config) { c.Encoder = enc })
	path := write(t, t.TempDir(), "a.png", madePNG(1))
	id, kept := add(t, e, Source{Path: path}).ID, add(t, e, upload(2)).ID
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.MatchIDs(cancelled, id, kept); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := e.mutual(cancelled, patches.Grid{}, patches.Grid{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled before comparing: %v", err)
	}
	for _, ids := range [][2]uint64{{id, 99}, {99, id}} {
		if _, err := e.MatchIDs(t.Context(), ids[0], ids[1]); !errors.Is(err, ErrNotFound) {
			t.Errorf("%v: %v", ids, err)
		}
	}
	if _, err := e.MatchImage(t.Context(), 99, "b.png", madePNG(2)); !errors.Is(err, ErrNotFound) {
		t.Errorf("unknown: %v", err)
	}
	_, err = e.MatchImage(t.Context(), id, "torn.png", madePNG(1)[:100])
	if bad, ok := errors.AsType[*imageio.Error](err); !ok || bad.Name != "torn.png" {
		t.Errorf("torn: %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	for _, ids := range [][2]uint64{{id, kept}, {kept, id}} {
		if _, err := e.MatchIDs(t.Context(), ids[0], ids[1]); !errors.Is(err, ErrGone) {
			t.Errorf("without a file, %v: %v", ids, err)
		}
	}
	enc.Close()
	if _, err := e.MatchImage(t.Context(), kept, "b.png", madePNG(2)); !errors.Is(err, encoder.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}
