package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"lookalike/bench/internal/tail"
)

var errNoHnswlib = errors.New("hnswlib is not installed (Debian: apt-get install g++ libhnswlib-dev)")

// field is the programs of the sides; empty is not there.
type field struct {
	lookalike, hnswlib, coder string
}

// newField finds the peers. skipped says which are left out, and why.
func (p *plan) newField(ctx context.Context) (f *field, skipped []error, err error) {
	f = &field{lookalike: p.lookalike}
	if err := os.MkdirAll(p.cache, 0o755); err != nil {
		return nil, nil, err
	}
	if f.hnswlib, err = compileHnswlib(ctx, filepath.Join(p.programs, "hnswlib.cpp"), p.cache); err != nil {
		skipped = append(skipped, err)
	}
	if p.n > p.coderMost {
		return f, append(skipped, fmt.Errorf("coder/hnsw, which finds less the larger the set, is left out above %d vectors (-coder)", p.coderMost)), ctx.Err()
	}
	if f.coder, err = os.Executable(); err != nil {
		return nil, nil, err
	}
	return f, skipped, ctx.Err()
}

// compileHnswlib builds the peer for this processor and returns its path.
func compileHnswlib(ctx context.Context, source, cache string) (string, error) {
	out, err := filepath.Abs(filepath.Join(cache, "hnswlib"))
	if err != nil {
		return "", err
	}
	compiler := findCompiler()
	if compiler == "" || try(ctx, compiler, "-fsyntax-only", "-x", "c++", "-include", "hnswlib/hnswlib.h", os.DevNull) != nil {
		return "", errNoHnswlib
	}
	if err := try(ctx, compiler, "-O3", "-march=native", "-std=c++17", "-pthread", source, "-o", out); err != nil {
		return "", fmt.Errorf("hnswlib does not compile: %w", err)
	}
	return out, nil
}

func findCompiler() string {
	for _, name := range []string{"g++", "c++"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// candidates are the sides on a set; ours is the first.
func (f *field) candidates(dir string, p *plan, efs []int) (out []candidate) {
	d, m, efConstruction, ef := strconv.Itoa(dim), strconv.Itoa(p.m), strconv.Itoa(p.efConstruction), list(efs)
	add := func(name, program string, args ...string) {
		if program != "" {
			out = append(out, candidate{name, append([]string{program}, args...)})
		}
	}
	add("lookalike", f.lookalike, "bench", "index", "--json", "--set", dir, "--dim", d, "--m", m, "--ef-construction", efConstruction, "--ef", ef)
	add("hnswlib", f.hnswlib, dir, d, m, efConstruction, ef)
	add("coder/hnsw", f.coder, coderCommand, dir, m, efConstruction, ef)
	return out
}

// list is what numbers parses.
func list(values []int) string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = strconv.Itoa(v)
	}
	return strings.Join(words, ",")
}

// try runs a program to its end; its last line says why it failed.
func try(ctx context.Context, argv ...string) error {
	cmd, says := exec.CommandContext(ctx, argv[0], argv[1:]...), &tail.Tail{}
	cmd.Stderr = says
	err := cmd.Run()
	if line := says.Last(); err != nil && line != "" {
		return errors.New(line)
	}
	return err
}
