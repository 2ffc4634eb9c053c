package api_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lookalike/api"
	"lookalike/internal/imageio"
	"lookalike/internal/patches"
)

// TestMatch compares the answers with the encoder's patches.
func TestMatch(t *testing.T) {
	h := newHandler(t, nil)
	added := add(t, h, file{"a.png", pngOf(1)}, file{"b.png", pngOf(2)})
	enc, err := starter()
	if err != nil {
		t.Fatal(err)
	}
	var grids [2]patches.Grid
	for i := range grids {
		img, _, err := imageio.Decode("x.png", pngOf(uint64(i+1)), imageio.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if grids[i], err = enc.Patches(t.Context(), img); err != nil {
			t.Fatal(err)
		}
	}
	want, err := patches.Mutual(t.Context(), grids[0], grids[1])
	if err != nil || len(want.Pairs) < 3 {
		t.Fatalf("%+v, %v", want, err)
	}
	target := "/v1/images/" + added[0].ID + "/match"
	for name, a := range map[string]answer{
		"GET": get(t, h, target+"?with="+added[1].ID), "POST": send(t, h, upload(target, file{"b.png", pngOf(2)})),
	} {
		var m api.Match
		decode(t, a.body, &m)
		got := patches.Match{A: patches.Shape(m.Image), B: patches.Shape(m.Other)}
		for _, p := range m.Pairs {
			got.Pairs = append(got.Pairs, patches.Pair{A: p.Image, B: p.Other, Score: p.Score})
		}
		if diff := cmp.Diff(want, got); diff != "" || a.status != 200 || !m.Model.Starter {
			t.Errorf("%s: %d %s", name, a.status, diff)
		}
	}
	for _, a := range []answer{
		get(t, h, target+"?limit=2&with="+added[1].ID), send(t, h, upload(target+"?limit=2", file{"b.png", pngOf(2)})),
	} {
		var m api.Match
		if decode(t, a.body, &m); len(m.Pairs) != 2 || m.Pairs[0].Score != want.Pairs[0].Score {
			t.Errorf("with a limit: %+v", m.Pairs)
		}
	}
}

func TestMatchRefuses(t *testing.T) {
	h := newHandler(t, nil)
	id := add(t, h, file{"a.png", pngOf(1)})[0].ID
	for _, c := range []struct {
		path   string
		status int
		want   string
	}{
		{id + "/match", 400, "with=ID is missing"},
		{id + "/match?with=", 400, "with is empty"},
		{id + "/match?with=99", 404, "99"},
		{id + "/match?with=x", 404, "no image has the id"},
		{id + "/match?with=01", 404, "no image has the id"},
		{"99/match?with=" + id, 404, "99"},
		{"x/match?with=" + id, 404, "no image has the id"},
		{id + "/match?with=" + id + "&limit=0", 400, "1 to 10000"},
		{id + "/match?other=" + id, 400, "there is with, limit"},
	} {
		if p := get(t, h, "/v1/images/"+c.path).problem(t); p.Status != c.status || !strings.Contains(p.Detail, c.want) {
			t.Errorf("GET %s: %d %s, want %d with %q", c.path, p.Status, p.Detail, c.status, c.want)
		}
	}
	for _, c := range []struct {
		path   string
		file   file
		status int
	}{
		{id + "/match?with=" + id, file{"a.png", pngOf(1)}, 400}, {"x/match", file{"a.png", pngOf(1)}, 404}, {"99/match", file{"a.png", pngOf(1)}, 404},
		{id + "/match", file{"a.png", []byte("text")}, 422},
	} {
		if p := send(t, h, upload("/v1/images/"+c.path, c.file)).problem(t); p.Status != c.status {
			t.Errorf("POST %s: %d %s, want %d", c.path, p.Status, p.Detail, c.status)
		}
	}
	if p := send(t, h, newRequest("POST", "/v1/images/"+id+"/match", strings.NewReader("no form"))).problem(t); p.Status != 415 {
		t.Errorf("not an upload: %d", p.Status)
	}
}

// Descriptors of patches are not stored: without the original there is no match.
func TestMatchOfWhatIsGone(t *testing.T) {
	h, path := newHandler(t, nil), writeFile(t, t.TempDir(), "a.png", pngOf(1))
	var line api.ImportResult
	decode(t, send(t, h, importRequest(path)).body, &line)
	os.Remove(path)
	if p := get(t, h, "/v1/images/"+line.ID+"/match?with="+line.ID).problem(t); p.Status != 410 {
		t.Errorf("%+v", p)
	}
}
