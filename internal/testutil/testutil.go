// Package testutil holds what the tests of several packages need: the path of
// the module and of the shared reference material that may stand beside it.
package testutil

import (
	"os"
	"path/filepath"
	"testing"
)

// Root returns the folder that holds go.mod.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod above the test's folder")
		}
		dir = parent
	}
}

// Shared returns the path of something in the shared folder beside the
// checkout, and skips the test, saying so, where that is missing: a fresh
// clone elsewhere has no such folder and its tests must still pass.
func Shared(t testing.TB, elem ...string) string {
	t.Helper()
	path := filepath.Join(append([]string{Root(t), "..", "shared"}, elem...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("skipped: %s is not beside this checkout", filepath.Join(append([]string{"shared"}, elem...)...))
	}
	return path
}

// NotUnderRace skips a test that the race detector makes ten times slower and
// has nothing to say about: its work is done by one goroutine, or by code that
// other tests drive from several. `make test` runs it without the detector
// (test-kernels).
func NotUnderRace(t testing.TB) {
	t.Helper()
	if Race {
		t.Skip("skipped: for the run without -race (make test-kernels)")
	}
}
