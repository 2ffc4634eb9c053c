package main

import (
	"bufio"
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var source = filepath.Join("..", "peers", "hnswlib.cpp")

// tiny is a set that is searched whole.
func tiny(t *testing.T) string {
	t.Helper()
	dir, err := spec{name: "copies", n: 300, queries: 20, seed: 2}.ready(t.Context(), t.TempDir(), silent)
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestNoCompiler: a machine without one still measures us, and says what to install.
func TestNoCompiler(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	p, err := parse([]string{"-cache", filepath.Join(t.TempDir(), "cache"), "-lookalike", "ours"})
	if err != nil {
		t.Fatal(err)
	}
	f, skipped, err := p.newField(t.Context())
	if err != nil || *f != (field{lookalike: "ours"}) {
		t.Errorf("%+v, %v", f, err)
	}
	if len(skipped) != 2 || !errors.Is(skipped[0], errNoHnswlib) || !strings.Contains(skipped[1].Error(), "10000") {
		t.Errorf("skipped %v", skipped)
	}
}

// TestNoHeader: so does one with a compiler only.
func TestNoHeader(t *testing.T) {
	bin := t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "g++"), []byte("#!/bin/sh\necho 'hnswlib/hnswlib.h: No such file' >&2\nexit 1\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin)
	if path, err := compileHnswlib(t.Context(), source, t.TempDir()); path != "" || !errors.Is(err, errNoHnswlib) {
		t.Errorf("%q, %v", path, err)
	}
}

func TestCandidates(t *testing.T) {
	p := &plan{m: 24, efConstruction: 400}
	f := &field{lookalike: "bin/lookalike", hnswlib: "cache/hnswlib", coder: "self"}
	var got []string
	for _, c := range f.candidates("set", p, []int{16, 64}) {
		got = append(got, c.name+": "+strings.Join(c.argv, " "))
	}
	want := []string{
		"lookalike: bin/lookalike bench index --json --set set --dim 768 --m 24 --ef-construction 400 --ef 16,64",
		"hnswlib: cache/hnswlib set 768 24 400 16,64",
		"coder/hnsw: self coder set 24 400 16,64",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestHnswlib compiles the peer where it is installed, and searches all of a set: then it finds all.
func TestHnswlib(t *testing.T) {
	program, err := compileHnswlib(t.Context(), source, t.TempDir())
	if errors.Is(err, errNoHnswlib) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	f := &field{hnswlib: program}
	results, err := measure(t.Context(), f.candidates(tiny(t), &plan{m: 12, efConstruction: 100}, []int{10, 300}), []int{10, 300}, "test")
	if err != nil {
		t.Fatal(err)
	}
	r := results[0]
	if r.N != 300 || r.M != 12 || r.EfConstruction != 100 || !(r.Searches[1].Recall >= 0.99) || !(r.Searches[0].Recall >= 0.3) {
		t.Errorf("%+v", r)
	}
	if _, err := measure(t.Context(), f.candidates(t.TempDir(), &plan{m: 12, efConstruction: 100}, []int{10}), []int{10}, "test"); err == nil || !strings.Contains(err.Error(), "base.f32") {
		t.Errorf("without a set: %v", err)
	}
}

// TestCoder reads its lines back.
func TestCoder(t *testing.T) {
	var out bytes.Buffer
	if err := runCoder(&out, []string{tiny(t), "12", "100", "10,300"}); err != nil {
		t.Fatal(err)
	}
	var r result
	for lines := bufio.NewScanner(&out); lines.Scan(); {
		if err := r.add(lines.Bytes()); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.complete([]int{10, 300}); err != nil || r.N != 300 || r.M != 12 || r.EfConstruction != 100 {
		t.Errorf("%+v, %v", r, err)
	}
	for _, args := range [][]string{nil, {"nowhere", "12", "100", "10"}, {tiny(t), "x", "100", "10"}, {tiny(t), "12", "100", "1"}} {
		if runCoder(&out, args) == nil {
			t.Errorf("%q is taken", args)
		}
	}
}
