package api_test

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"os"
	"strings"
	"testing"

	"lookalike/api"
	"lookalike/internal/attention"
	"lookalike/internal/imageio"
)

// TestAttention compares each drawing with one made of the encoder's numbers.
func TestAttention(t *testing.T) {
	h := newHandler(t, nil)
	target := "/v1/images/" + add(t, h, file{"a.png", pngOf(1)})[0].ID + "/attention"
	enc, err := starter()
	if err != nil {
		t.Fatal(err)
	}
	img, _, err := imageio.Decode("a.png", pngOf(1), imageio.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := enc.Attention(t.Context(), img)
	if err != nil {
		t.Fatal(err)
	}
	view := attention.NewView(img, m)
	heat := drawnPNG(t, view.Heat(m.Mean()))
	for query, want := range map[string][]byte{
		"": heat, "?head=mean": heat, "?head=mask": drawnPNG(t, view.Foreground(m.Mean())),
		"?head=0": drawnPNG(t, view.Heat(m.Head(0))), "?head=2": drawnPNG(t, view.Heat(m.Head(2))),
	} {
		a := get(t, h, target+query)
		if a.status != 200 || a.header.Get("Content-Type") != "image/png" || a.header.Get("Cache-Control") != "private, no-cache" || a.header.Get("Attention-Heads") != "3" {
			t.Fatalf("%q: %d %v", query, a.status, a.header)
		}
		if !bytes.Equal(a.body, want) {
			t.Errorf("%q: another drawing than the encoder's numbers make", query)
		}
		if got, err := png.Decode(bytes.NewReader(a.body)); err != nil || got.Bounds() != img.Bounds() {
			t.Errorf("%q: %v", query, err)
		}
		if again := get(t, h, target+query, "If-None-Match", a.header.Get("Etag")); again.status != 304 || len(again.body) != 0 {
			t.Errorf("%q with its ETag: %d", query, again.status)
		}
	}
	if bytes.Equal(get(t, h, target+"?head=0").body, get(t, h, target+"?head=1").body) {
		t.Error("two heads look the same")
	}
}

func drawnPNG(t *testing.T, drawing image.Image) []byte {
	t.Helper()
	file, err := attention.PNG(drawing)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestAttentionRefuses(t *testing.T) {
	h := newHandler(t, nil)
	id := add(t, h, file{"a.png", pngOf(1)})[0].ID
	for _, c := range []struct {
		path   string
		status int
		want   string
	}{
		{id + "/attention?head=3", 400, "none of the model's 3 heads, 0 to 2"},
		{id + "/attention?head=65535", 400, "3 heads"},
		{id + "/attention?head=99999", 400, "neither mean nor mask nor the number of a head"},
		{id + "/attention?head=000001", 400, "neither mean"},
		{id + "/attention?head=-1", 400, "neither mean"},
		{id + "/attention?head=+1", 400, "neither mean"},
		{id + "/attention?head=", 400, "neither mean"},
		{id + "/attention?head=all", 400, `"all"`},
		{id + "/attention?heads=1", 400, "there is head"},
		{id + "/attention?head=1&head=2", 400, "give it once"},
		{"99/attention", 404, "99"},
		{"x/attention", 404, "no image has the id"},
	} {
		if p := get(t, h, "/v1/images/"+c.path).problem(t); p.Status != c.status || !strings.Contains(p.Detail, c.want) {
			t.Errorf("%s: %d %s, want %d with %q", c.path, p.Status, p.Detail, c.status, c.want)
		}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if a := send(t, h, newRequest("GET", "/v1/images/"+id+"/attention", nil).WithContext(gone)); a.problem(t).Status != 499 {
		t.Errorf("a client that went away: %d", a.status)
	}
}

// Attention is not stored: without the original there is none.
func TestAttentionOfWhatIsGone(t *testing.T) {
	h, path := newHandler(t, nil), writeFile(t, t.TempDir(), "a.png", pngOf(1))
	var line api.ImportResult
	decode(t, send(t, h, importRequest(path)).body, &line)
	target := "/v1/images/" + line.ID + "/attention"
	if a := get(t, h, target); a.status != 200 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	os.Remove(path)
	if p := get(t, h, target).problem(t); p.Status != 410 || !strings.Contains(p.Detail, path+" was moved, deleted or changed") {
		t.Errorf("%+v", p)
	}
}
