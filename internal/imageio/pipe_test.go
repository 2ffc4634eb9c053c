//go:build unix

package imageio

import (
	"errors"
	"path/filepath"
	"syscall"
	"testing"
)

// TestPipe: nobody writes to the pipe, and reading must not wait for that.
func TestPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe.jpg")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skipf("no pipes here: %v", err)
	}
	if _, err := ReadFile(path, Limits{}); !errors.Is(err, ErrNotRegular) {
		t.Errorf("got %v", err)
	}
}
