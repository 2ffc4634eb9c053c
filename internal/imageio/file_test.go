package imageio

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReadFile(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "a.bin")
	if err := os.WriteFile(file, []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{file, link} {
		if data, err := ReadFile(path, Limits{MaxBytes: 5}); err != nil || !bytes.Equal(data, []byte("12345")) {
			t.Errorf("%s: %q, %v", path, data, err)
		}
	}
	for _, c := range []struct {
		path, want string
		kind       error
	}{
		{file, "too large: 5 bytes, the limit is 4", ErrTooLarge},
		{dir, "is a folder", ErrNotRegular},
		{filepath.Join(dir, "none"), "no such file or directory", fs.ErrNotExist},
		{os.DevNull, "is not a regular file (", ErrNotRegular},
	} {
		_, err := ReadFile(c.path, Limits{MaxBytes: 4})
		if _, ours := errors.AsType[*Error](err); !ours || !errors.Is(err, c.kind) || !strings.HasPrefix(err.Error(), c.path+": "+c.want) {
			t.Errorf("%s: got %v, want %q", c.path, err, c.want)
		}
	}
}

func TestEmptyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "empty.png")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	data, err := ReadFile(path, Limits{})
	if err != nil || len(data) != 0 {
		t.Fatalf("%q, %v", data, err)
	}
	if _, _, err := Decode(path, data, Limits{}); !errors.Is(err, ErrEmpty) {
		t.Errorf("got %v", err)
	}
}
