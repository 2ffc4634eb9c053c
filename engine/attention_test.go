package engine

import (
	"context"
	"errors"
	"image"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lookalike/encoder"
	"lookalike/internal/attention"
	"lookalike/internal/imageio"
	"lookalike/internal/pictures"
)

// TestAttention: stored or not, uploaded or imported, a picture has the attention that the encoder says.
func TestAttention(t *testing.T) {
	e := openAt(t, t.TempDir())
	want, err := starter().Attention(t.Context(), pictures.Make(1, 64, 48))
	if err != nil {
		t.Fatal(err)
	}
	imported := add(t, e, Source{Path: write(t, t.TempDir(), "a.png", madePNG(1))}).ID
	if got := attentionOf(t)(e.Attention(t.Context(), imported)); !cmp.Equal(want, got.Map) || got.Picture.Rect != image.Rect(0, 0, 64, 48) {
		t.Errorf("imported: %v, %s", got.Picture.Rect, cmp.Diff(want, got.Map))
	}
	uploaded := add(t, e, upload(2)).ID
	if got := attentionOf(t)(e.Attention(t.Context(), uploaded)); cmp.Equal(want, got.Map) {
		t.Error("another picture has the same attention")
	}
}

func attentionOf(t *testing.T) func(attention.View, error) attention.View {
	return func(v attention.View, err error) attention.View {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestAttentionRefuses(t *testing.T) {
	e := openAt(t, t.TempDir())
	path := write(t, t.TempDir(), "a.png", madePNG(1))
	id := add(t, e, Source{Path: path}).ID
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.Attention(cancelled, id); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := e.Attention(t.Context(), id+1); !errors.Is(err, ErrNotFound) {
		t.Errorf("unknown: %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Attention(t.Context(), id); !errors.Is(err, ErrGone) {
		t.Errorf("without its file: %v", err)
	}
	_, err := e.attend(t.Context(), "torn.png", madePNG(1)[:100])
	if _, ok := errors.AsType[*imageio.Error](err); !ok {
		t.Errorf("torn: %v", err)
	}
	// A file that becomes shorter while it is read, or cannot be read at all.
	if _, _, err := e.load(t.Context(), brokenFile{}); !errors.Is(err, errBroken) {
		t.Errorf("broken: %v", err)
	}
	if ok := e.bytes.sem.TryAcquire(maxBytesInFlight); !ok {
		t.Error("refusals keep their share of the memory for files")
	}
}

var errBroken = errors.New("broken")

// brokenFile has a size and no bytes.
type brokenFile struct{}

func (brokenFile) Seek(int64, int) (int64, error) { return 10, nil }
func (brokenFile) Read([]byte) (int, error)       { return 0, errBroken }

// TestAttentionFails: what the encoder says reaches the caller with the picture's name.
func TestAttentionFails(t *testing.T) {
	enc, err := encoder.Starter()
	if err != nil {
		t.Fatal(err)
	}
	e := openAt(t, t.TempDir(), func(c *Config) { c.Encoder = enc })
	enc.Close()
	_, err = e.attend(t.Context(), "a.png", madePNG(1))
	if !errors.Is(err, encoder.ErrClosed) || err.Error() != "a.png: attention: "+encoder.ErrClosed.Error() {
		t.Errorf("%v", err)
	}
}
