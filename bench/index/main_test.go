package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestMain lets the test's program be the side coder/hnsw, as the command is.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == coderCommand {
		if err := runCoder(os.Stdout, os.Args[2:]); err != nil {
			panic(err)
		}
		return
	}
	os.Exit(m.Run())
}

// program builds ours.
func program(t *testing.T) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "lookalike")
	build := exec.Command("go", "build", "-buildvcs=false", "-o", out, "./cmd/lookalike")
	build.Dir = filepath.Join("..", "..")
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return out
}

// TestRun measures all that is there on small sets, and reads what it prints.
func TestRun(t *testing.T) {
	args := []string{"-lookalike", program(t), "-peers", filepath.Join("..", "peers"), "-cache", t.TempDir(), "-queries", "5", "-n", "200", "-sets", "clustered,copies"}
	runs := func(more ...string) string {
		t.Helper()
		var out bytes.Buffer
		if err := run(t.Context(), &out, append(args, more...)); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	out := runs("-sets", "uniform")
	for _, want := range []string{"\nuniform, 200 x 768, M 16, efConstruction 200, 5 queries\n", "CODER/HNSW", "queries/s at recall@10 of 0.99", "RATIO:"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	lines := json.NewDecoder(strings.NewReader(runs("-json", "-m", "8")))
	for _, name := range []string{"clustered", "copies"} {
		var r report
		if err := lines.Decode(&r); err != nil {
			t.Fatal(err)
		}
		// Up to 1,000 vectors ours compares them all, and finds all.
		ours := r.Sides[0]
		if r.Set != name || ours.Side != "lookalike" || ours.M != 8 || ours.complete(efsOf(name)) != nil || !(ours.Searches[0].Recall >= 0.99) {
			t.Errorf("%+v", r)
		}
	}
	if out := runs("-grow", "50,100"); !strings.Contains(out, "\n   50  ") || !strings.Contains(out, "\n  100  ") {
		t.Errorf("growth:\n%s", out)
	}
}

func TestRunMistakes(t *testing.T) {
	cache := t.TempDir()
	if err := run(t.Context(), &bytes.Buffer{}, []string{"-lookalike", "/nowhere/lookalike", "-cache", cache, "-grow", "20", "-queries", "1"}); err == nil {
		t.Error("it measures a program that is not there")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := run(ctx, &bytes.Buffer{}, []string{"-cache", cache, "-n", "20"}); err == nil {
		t.Error("an interrupt is no error")
	}
}

func TestParse(t *testing.T) {
	p, err := parse(nil)
	if err != nil || p.n != 50000 || p.queries != 1000 || p.m != 16 || p.efConstruction != 200 || !slices.Equal(p.sets, []string{"clustered", "hard", "uniform", "copies"}) {
		t.Errorf("%+v, %v", p, err)
	}
	p, err = parse([]string{"-n", "5000", "-sets", "hard,uniform", "-m", "24", "-ef-construction", "400", "-grow", "10000,100000", "--json"})
	if err != nil || p.n != 5000 || p.m != 24 || p.efConstruction != 400 || !p.json || !slices.Equal(p.sets, []string{"hard", "uniform"}) || !slices.Equal(p.grow, []int{10000, 100000}) {
		t.Errorf("%+v, %v", p, err)
	}
	for _, bad := range [][]string{{"-n", "9"}, {"-queries", "0"}, {"-sets", "soft"}, {"-sets", ""}, {"-grow", "9"}, {"-grow", "1000,"}, {"-grow", "x"}, {"hard"}} {
		if p, err := parse(bad); err == nil {
			t.Errorf("%q is taken: %+v", bad, p)
		}
	}
}

// TestEfs: every list starts with what can find ten, and rises.
func TestEfs(t *testing.T) {
	for name := range makers {
		if efs := efsOf(name); efs[0] < top || !slices.IsSorted(efs) || slices.Compact(efs)[len(efs)-1] != efs[len(efs)-1] {
			t.Errorf("%s: %v", name, efs)
		}
	}
}
