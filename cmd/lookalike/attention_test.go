package main

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lookalike/internal/attention"
	"lookalike/internal/pictures"
)

// madePicture writes a picture of 160x96 and returns its path.
func madePicture(t *testing.T) string {
	t.Helper()
	var file bytes.Buffer
	if err := png.Encode(&file, pictures.Make(5, 160, 96)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "made.png")
	write(t, path, file.String())
	return path
}

// TestAttention draws every kind and looks at what was written.
func TestAttention(t *testing.T) {
	picture, dir := madePicture(t), t.TempDir()
	drawn := map[string]bool{}
	for _, c := range []struct {
		flags string
		size  image.Point
	}{
		{"", image.Pt(160, 96)},
		{"--head 2", image.Pt(160, 96)},
		{"--mask --head 1", image.Pt(160, 96)},
		{"--all-heads --mask", image.Pt(324, 196)},
		{"--preprocess eval", image.Pt(160, 96)},
	} {
		out := filepath.Join(dir, strings.ReplaceAll(c.flags, " ", "")+".png")
		args := append([]string{"attention", picture, "-o", out}, strings.Fields(c.flags)...)
		lookalike(t, "", args...).want(t, 0, "starter model: finds edited copies", out+" written, "+pixelsOf(c.size))
		data, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		if cfg, err := png.DecodeConfig(bytes.NewReader(data)); err != nil || cfg.Width != c.size.X || cfg.Height != c.size.Y {
			t.Errorf("%q: %dx%d, %v", c.flags, cfg.Width, cfg.Height, err)
		}
		if drawn[string(data)] {
			t.Errorf("%q changes nothing", c.flags)
		}
		drawn[string(data)] = true
	}
	o := lookalike(t, "", "attention", picture, "-o", "-").want(t, 0)
	if !drawn[o.stdout] {
		t.Error("standard output is another drawing than the file")
	}
}

func pixelsOf(size image.Point) string {
	return strings.ReplaceAll(strings.Trim(size.String(), "()"), ",", "x") + " pixels"
}

// TestAttentionJSON compares the crop of --preprocess eval with the window.
func TestAttentionJSON(t *testing.T) {
	picture := madePicture(t)
	got := into[attentionNumbers](t, lookalike(t, "", "attention", picture, "--json", "--preprocess", "eval").want(t, 0, "starter model: finds edited copies"))
	// 160x96 becomes 426x256, of which the model sees 224x224 in the middle.
	want := attention.Window{Left: 101. / 426, Top: 16. / 256, Right: 325. / 426, Bottom: 240. / 256}
	if got.Path != picture || got.Model != "starter" || got.Heads != 3 || got.Rows != 14 || got.Columns != 14 || got.Window != want {
		t.Errorf("%+v", got)
	}
	if len(got.Attention) != got.Heads {
		t.Fatalf("%d heads", len(got.Attention))
	}
	for i, head := range got.Attention {
		sum := float32(0)
		for _, row := range head {
			if len(head) != got.Rows || len(row) != got.Columns {
				t.Fatalf("head %d: %dx%d values", i, len(head), len(row))
			}
			for _, v := range row {
				sum += v
			}
		}
		if !(sum > 0.5 && sum < 1) {
			t.Errorf("head %d sums to %g", i, sum)
		}
	}
}

// TestAttentionOverwritesNothing: not even the picture itself, unless it is told to.
func TestAttentionOverwritesNothing(t *testing.T) {
	picture := madePicture(t)
	before, err := os.ReadFile(picture)
	if err != nil {
		t.Fatal(err)
	}
	lookalike(t, "", "attention", picture, "-o", picture).want(t, 2, "is there already; --force replaces it")
	if after, err := os.ReadFile(picture); err != nil || !bytes.Equal(before, after) {
		t.Error("the picture was overwritten", err)
	}
	out := filepath.Join(t.TempDir(), "out.png")
	write(t, out, "precious")
	lookalike(t, "", "attention", picture, "-o", out, "--force").want(t, 0, "written")
	if info, err := os.Stat(out); err != nil || info.Size() < 100 || info.Mode().Perm()&0o444 == 0 {
		t.Errorf("%v, %v", info, err)
	}
	lookalike(t, "", "attention", picture, "-o", filepath.Join(t.TempDir(), "no folder", "x.png")).want(t, 1, "no such file")
}

func TestAttentionRefuses(t *testing.T) {
	picture, bad, empty := madePicture(t), filepath.Join(t.TempDir(), "bad.jpg"), t.TempDir()
	write(t, bad, "nothing")
	for _, c := range []struct {
		args []string
		code int
		text string
	}{
		{[]string{"--help"}, 0, "lookalike attention cat.jpg -o heads.png"},
		{[]string{}, 2, "accepts 1 arg"},
		{[]string{picture}, 2, "-o FILE is missing"},
		{[]string{picture, "-o", "-", "--head", "3"}, 2, "the model has 3 heads, 0 to 2"},
		{[]string{picture, "-o", "-", "--model", empty}, 3, "--model takes a folder"},
		{[]string{bad, "-o", "-"}, 1, "bad.jpg"},
		{[]string{filepath.Join(empty, "nowhere.jpg"), "-o", "-"}, 1, "nowhere.jpg"},
	} {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			o := lookalike(t, "", append([]string{"attention"}, c.args...)...).want(t, c.code, c.text)
			if c.code != 0 && o.stdout != "" {
				t.Errorf("standard output has %d bytes", len(o.stdout))
			}
		})
	}
}

func TestAttentionFlags(t *testing.T) {
	there := madePicture(t)
	for _, c := range []struct {
		flags             attentionFlags
		asJSON, headGiven bool
		want              string // "" for none
	}{
		{flags: attentionFlags{output: "-", head: "mean"}},
		{flags: attentionFlags{output: "nowhere.png", head: "11", mask: true}, headGiven: true},
		{flags: attentionFlags{output: there, head: "mean", force: true}},
		{flags: attentionFlags{head: "mean"}, asJSON: true},
		{flags: attentionFlags{head: "mean"}, want: "-o FILE is missing"},
		{flags: attentionFlags{output: there, head: "mean"}, want: "--force replaces it"},
		{flags: attentionFlags{output: there + "/x", head: "mean"}, want: "not a directory"},
		{flags: attentionFlags{output: "-", head: "mean"}, asJSON: true, want: "excludes -o"},
		{flags: attentionFlags{head: "mean", mask: true}, asJSON: true, want: "excludes -o"},
		{flags: attentionFlags{head: "mean", allHeads: true}, asJSON: true, want: "excludes -o"},
		{flags: attentionFlags{head: "mean"}, asJSON: true, headGiven: true, want: "excludes -o"},
		{flags: attentionFlags{output: "-", head: "0", allHeads: true}, headGiven: true, want: "exclude each other"},
		{flags: attentionFlags{output: "-", head: "first"}, headGiven: true, want: "--head first: neither mean nor the number of a head"},
		{flags: attentionFlags{output: "-", head: "-1"}, headGiven: true, want: "neither mean"},
		{flags: attentionFlags{output: "-", head: ""}, headGiven: true, want: "neither mean"},
	} {
		err := c.flags.check(c.asJSON, c.headGiven)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%+v: %v, want %q", c.flags, err, c.want)
		}
	}
}
