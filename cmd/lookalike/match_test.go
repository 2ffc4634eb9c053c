package main

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMatch: a picture's patches answer those of itself in their places; the
// table, the numbers and the drawing are of the same pairs.
func TestMatch(t *testing.T) {
	_, made := gallery(t, 2)
	picture, drawing := made[0].Path, filepath.Join(t.TempDir(), "match.png")
	m := into[matchNumbers](t, lookalike(t, "", "match", picture, picture, "--json", "--size", "112x96").want(t, 0, "starter model: finds edited copies"))
	if m.A.Path != picture || m.A.Rows != 6 || m.A.Columns != 7 || m.B != m.A || m.Model != "starter" || len(m.Pairs) < 30 {
		t.Fatalf("%+v and %+v, %d pairs", m.A, m.B, len(m.Pairs))
	}
	for _, p := range m.Pairs {
		if p.A != p.B || !(p.Score > 0.999) {
			t.Errorf("%+v", p)
		}
	}
	table := lookalike(t, "", "match", picture, picture, "--pairs", "4").want(t, 0, "SCORE", "4 of ", "9x9 patches").stdout
	if lines := strings.Split(strings.TrimSpace(table), "\n"); len(lines) != 1+4+2 {
		t.Errorf("%d lines:\n%s", len(lines), table)
	}
	lookalike(t, "", "match", picture, picture, "-o", drawing).want(t, 0, "match.png written")
	file, err := os.ReadFile(drawing)
	if err != nil {
		t.Fatal(err)
	}
	if out := lookalike(t, "", "match", picture, picture, "-o", "-").want(t, 0); out.stdout != string(file) {
		t.Error("another drawing on standard output")
	}
	img, err := png.Decode(bytes.NewReader(file))
	if err != nil || img.Bounds().Dx() < 100 {
		t.Errorf("%v", err)
	}
	for args, want := range map[string]string{
		"-o " + drawing: "is there already; --force", "--json -o x.png": "excludes -o", "--pairs 0": "at least 1",
	} {
		lookalike(t, "", append([]string{"match", picture, picture}, strings.Fields(args)...)...).want(t, exitUsage, want)
	}
	lookalike(t, "", "match", picture).want(t, exitUsage, "accepts 2 arg(s)")
	lookalike(t, "", "match", picture, "nowhere.jpg").want(t, 1, "nowhere.jpg")
}
