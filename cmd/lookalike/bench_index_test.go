package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lookalike/index"
	"lookalike/internal/vectors"
)

// vectorSet writes a set of 1,500 vectors of 32 and returns its folder.
func vectorSet(t *testing.T) string {
	t.Helper()
	base, queries := vectors.Clustered.Make(1, 1500, 20, 32)
	x, err := index.New(index.Config{Dim: 32})
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range base {
		if err := x.Add(uint64(i), v); err != nil {
			t.Fatal(err)
		}
	}
	var truth [][]int32
	for _, q := range queries {
		found, err := x.Exact(q, top, nil)
		if err != nil {
			t.Fatal(err)
		}
		row := make([]int32, len(found))
		for i, r := range found {
			row[i] = int32(r.ID)
		}
		truth = append(truth, row)
	}
	dir := t.TempDir()
	writeRows(t, dir, "base.f32", base)
	writeRows(t, dir, "query.f32", queries)
	writeRows(t, dir, "truth.i32", truth)
	return dir
}

func writeRows[T int32 | float32](t *testing.T, dir, name string, rows [][]T) {
	t.Helper()
	var b bytes.Buffer
	for _, row := range rows {
		if err := binary.Write(&b, binary.LittleEndian, row); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, name), b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestBenchIndex reads the lines back: what they count, not how fast it was.
func TestBenchIndex(t *testing.T) {
	set := vectorSet(t)
	o := lookalike(t, "", "bench", "index", "--set", set, "--dim", "32", "--ef", "16,256", "--json").want(t, 0)
	lines := strings.Split(strings.TrimSpace(o.stdout), "\n")
	if len(lines) != 3 {
		t.Fatalf("%d lines:\n%s", len(lines), o.stdout)
	}
	var build buildReport
	if err := json.Unmarshal([]byte(lines[0]), &build); err != nil || build.N != 1500 || build.M != 16 || build.EfConstruction != 200 || !(build.BuildCPU > 0) || !(build.ResidentMB > 0) {
		t.Errorf("%v: %s", err, lines[0])
	}
	var found [2]searchReport
	for i := range found {
		if err := json.Unmarshal([]byte(lines[1+i]), &found[i]); err != nil || !(found[i].CPU > 0) {
			t.Errorf("%v: %s", err, lines[1+i])
		}
	}
	if found[0].Ef != 16 || found[1].Ef != 256 || !(found[1].Recall >= 0.99) || found[1].Recall < found[0].Recall {
		t.Errorf("%+v", found)
	}
	lookalike(t, "", "bench", "index", "--set", set, "--dim", "32", "--ef", "32").want(t, 0, "n 1500, M 16", "ef   32: recall@10", "queries/s")
	several := lookalike(t, "", "bench", "index", "--set", set, "--dim", "32", "--ef", "256", "--workers", "2", "--json").want(t, 0)
	var last searchReport
	lines = strings.Split(strings.TrimSpace(several.stdout), "\n")
	if len(lines) != 2 || json.Unmarshal([]byte(lines[1]), &last) != nil || !(last.Recall >= 0.99) {
		t.Errorf("two workers: %+v of\n%s", last, several.stdout)
	}
}

// TestBenchFilter reads the lines of --filter.
func TestBenchFilter(t *testing.T) {
	set := vectorSet(t)
	o := lookalike(t, "", "bench", "index", "--set", set, "--dim", "32", "--filter", "0.01,0.5", "--json").want(t, 0)
	lines := strings.Split(strings.TrimSpace(o.stdout), "\n")
	for i, share := range []float64{1, 0.01, 0.5} {
		var r filterReport
		if len(lines) != 4 || json.Unmarshal([]byte(lines[1+i]), &r) != nil || r.Share != share || !(r.Recall >= 0.97) || !(r.CPU > 0) {
			t.Fatalf("share %v: %+v of\n%s", share, r, o.stdout)
		}
	}
	lookalike(t, "", "bench", "index", "--set", set, "--dim", "32", "--filter", "0.1").want(t, 0, "among  10.0%: recall@10")
}

func TestBenchIndexMistakes(t *testing.T) {
	set := vectorSet(t)
	broken := func(name, content string) string {
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(set)); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no set":      {nil, "set"},
		"no folder":   {[]string{"--set", filepath.Join(set, "nowhere")}, "base.f32"},
		"another dim": {[]string{"--set", set, "--dim", "7"}, "--dim"},
		"no workers":  {[]string{"--set", set, "--dim", "32", "--workers", "0"}, "--workers 0"},
		"no share":    {[]string{"--set", set, "--dim", "32", "--filter", "1.5"}, "a share is above 0"},
		"no M":        {[]string{"--set", set, "--dim", "32", "--m", "1"}, "M 1"},
		"cut short":   {[]string{"--set", broken("query.f32", "abc"), "--dim", "32"}, "cut short"},
		"empty":       {[]string{"--set", broken("base.f32", ""), "--dim", "32"}, "base.f32"},
		"few truths":  {[]string{"--set", broken("truth.i32", "\x01\x00\x00\x00"), "--dim", "32"}, "truth.i32"},
		"no such row": {[]string{"--set", broken("truth.i32", strings.Repeat("\xff\xff\xff\x7f", 200)), "--dim", "32"}, "names row"},
	} {
		t.Run(name, func(t *testing.T) {
			lookalike(t, "", append([]string{"bench", "index"}, c.args...)...).want(t, exitUsage, c.want)
		})
	}
}
