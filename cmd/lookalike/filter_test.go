package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lookalike/api"
	"lookalike/internal/pictures"
)

// TestFilterFlags lists and searches in a folder, before a day, and by size.
func TestFilterFlags(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	dir, made := gallery(t, 6)
	below := filepath.Join(dir, "below")
	if err := os.Mkdir(below, 0o700); err != nil {
		t.Fatal(err)
	}
	var one pictures.Made
	for _, m := range made {
		if m.Edit == "" {
			one = m
		}
	}
	moved := filepath.Join(below, filepath.Base(one.Path))
	old := time.Date(2001, 5, 31, 12, 0, 0, 0, time.Local)
	if err := os.Rename(one.Path, moved); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(moved, old, old); err != nil {
		t.Fatal(err)
	}
	lookalike(t, data, "add", dir).want(t, 0)
	total := into[api.ImageList](t, lookalike(t, data, "list", "--json").want(t, 0)).Total
	for _, c := range []struct {
		flags []string
		want  int
	}{
		{[]string{"--in", below}, 1}, {[]string{"--in", dir}, total}, {[]string{"--in", dir + "/bel"}, 0},
		{[]string{"--before", "2001-06-01"}, 1}, {[]string{"--after", "2001-06-01"}, total - 1}, {[]string{"--after", "2001-05-31", "--before", "2001-06-01"}, 1},
		{[]string{"--min-width", "5"}, total}, {[]string{"--max-height", "5"}, 0}, {[]string{"--min-size", "1GB"}, 0}, {[]string{"--max-size", "1GiB"}, total},
	} {
		list := into[api.ImageList](t, lookalike(t, data, append([]string{"list", "--json"}, c.flags...)...).want(t, 0))
		if len(list.Images) < c.want || c.want == 0 && len(list.Images) > 0 || list.Total != len(list.Images) {
			t.Errorf("%v: %d of %d images, want %d", c.flags, len(list.Images), list.Total, c.want)
		}
	}
	results := into[found](t, lookalike(t, data, "search", moved, "--in", below, "--json").want(t, 0)).Results
	if len(results) != 1 || results[0].Path != moved {
		t.Errorf("search in %s: %+v", below, results)
	}
	none := into[found](t, lookalike(t, data, "similar", moved, "--in", below, "--json").want(t, 0)).Results
	if len(none) != 0 {
		t.Errorf("similar, in a folder with nothing else: %+v", none)
	}
	lookalike(t, data, "list", "--format", "tga").want(t, 1, "none of jpeg")
	lookalike(t, data, "list", "--after", "yesterday").want(t, 2, "neither a day")
	lookalike(t, data, "list", "--min-size", "5 parsecs").want(t, 2, "is no size")
}

func TestByteSize(t *testing.T) {
	for text, want := range map[string]int64{"1": 1, "500KB": 500_000, "2MiB": 2 << 20, "1.5 mib": 3 << 19, "3g": 3e9, "7b": 7} {
		var got int64
		if err := byteSize(&got)(text); err != nil || got != want {
			t.Errorf("%q is %d, want %d: %v", text, got, want, err)
		}
	}
	for _, text := range strings.Fields("0 -1 KB 1TB 5x NaN 1e99") {
		if err := byteSize(new(int64))(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}
