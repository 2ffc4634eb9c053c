package main

import (
	"context"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"lookalike/internal/testutil"
)

func TestSize(t *testing.T) {
	for bytes, want := range map[int64]string{0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 1536: "1.5 KiB", 5 << 20: "5.0 MiB", 3 << 40: "3.0 TiB", 5000 << 40: "5000.0 TiB"} {
		if got := size(bytes); got != want {
			t.Errorf("size(%d) = %q, want %q", bytes, got, want)
		}
	}
}

func TestInOrder(t *testing.T) {
	inputs := make([]int, 100)
	for i := range inputs {
		inputs[i] = i
	}
	double := func(i int) int {
		time.Sleep(time.Duration(i%7) * time.Millisecond / 10)
		return 2 * i
	}
	next := 0
	for v := range inOrder(t.Context(), 8, inputs, double) {
		if v != 2*next {
			t.Fatalf("output %d is %d", next, v)
		}
		next++
	}
	if next != len(inputs) {
		t.Errorf("%d outputs of %d", next, len(inputs))
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	seen := 0
	for range inOrder(ctx, 2, inputs, double) {
		if seen++; seen == 10 {
			cancel()
		}
	}
	if seen > 11 {
		t.Errorf("%d outputs after the context ended at 10", seen)
	}
}

func TestWalk(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.jpg", "b.txt", "sub/c.png", "sub/.hidden/d.png", ".cache/e.png", "sub/Thumbs.db", "@eaDir/f.jpg", ".dot.jpg"} {
		write(t, filepath.Join(dir, name), "x")
	}
	if err := os.Symlink(dir, filepath.Join(dir, "sub", "loop")); err != nil {
		t.Fatal(err)
	}
	paths, failures := walk([]string{dir, filepath.Join(dir, "a.jpg"), filepath.Join(dir, "gone")}, []string{"@eaDir"})
	var names []string
	for _, p := range paths {
		rel, err := filepath.Rel(dir, p)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, rel)
	}
	if want := []string{".dot.jpg", "a.jpg", "b.txt", "sub/c.png"}; !slices.Equal(names, want) {
		t.Errorf("walked %q, want %q", names, want)
	}
	if len(failures) != 1 || !strings.Contains(failures[0].Path, "gone") {
		t.Errorf("failures %+v", failures)
	}
}

// layers is the order of the house, top first: a package may import only those
// of lower layers, and siblings share a layer.
var layers = map[string]int{
	"cmd/lookalike": 0, "api": 1, "ui": 1, "engine": 2, "encoder": 3, "index": 3, "models": 3, "store": 3, "internal": 4,
}

// TestLayers holds imports to one direction, tests aside. The linter says it
// too, with reasons; this needs nothing installed.
func TestLayers(t *testing.T) {
	root := testutil.Root(t)
	for folder, layer := range layers {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
			if err != nil {
				return err
			}
			for _, spec := range file.Imports {
				imported, _ := strconv.Unquote(spec.Path.Value)
				name, ours := strings.CutPrefix(imported, "lookalike/")
				if strings.HasPrefix(name, "internal/") {
					name = "internal"
				}
				if ours && name != folder && layers[name] <= layer && layer < 4 {
					t.Errorf("%s imports %s, which is not below it", path, imported)
				}
				if ours && layer == 4 && name != "internal" {
					t.Errorf("%s imports %s: internal is the bottom", path, imported)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
