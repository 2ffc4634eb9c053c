package models

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestHistory: whatever is installed, used, damaged and removed in whatever order, the folder lists exactly what is
// there, and what is in use is installed.
func TestHistory(t *testing.T) {
	sources := map[string]Found{}
	for _, content := range []string{"one", "two"} {
		dir := filepath.Join(t.TempDir(), content)
		write(t, filepath.Join(dir, weightsFile), []byte(content))
		found, _, err := Local(dir)
		if err != nil {
			t.Fatal(err)
		}
		sources[content] = found
	}
	rapid.Check(t, func(r *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			r.Fatal(err)
		}
		f, there, inUse := Folder{dir}, map[string]string{}, ""
		for range rapid.IntRange(1, 12).Draw(r, "steps") {
			name := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(r, "name")
			content, installed := there[name]
			switch rapid.SampledFrom([]string{"install", "use", "remove"}).Draw(r, "step") {
			case "install":
				next := rapid.SampledFrom([]string{"one", "two"}).Draw(r, "content")
				_, already, err := f.Install(t.Context(), name, sources[next], anything, Silent{})
				switch {
				case installed && content != next && !errors.Is(err, ErrExists), already != (installed && content == next):
					r.Fatalf("install %s over %q: already %v, %v", next, content, already, err)
				case !installed && err != nil:
					r.Fatal(err)
				case !installed:
					there[name] = next
				}
			case "use":
				if err := f.Use(t.Context(), name); installed != (err == nil) {
					r.Fatalf("use: %v", err)
				} else if installed {
					inUse = name
				}
			case "remove":
				if err := f.Remove(t.Context(), name); installed != (err == nil) {
					r.Fatalf("remove: %v", err)
				}
				if delete(there, name); inUse == name {
					inUse = ""
				}
			}
			wantFolder(r, f, there, inUse)
		}
	})
}

func wantFolder(r *rapid.T, f Folder, there map[string]string, inUse string) {
	list, err := f.List()
	var got, want []string
	for _, m := range list {
		content, rerr := os.ReadFile(filepath.Join(f.Path(m), weightsFile))
		err = errors.Join(err, rerr)
		got = append(got, m.Name+" "+string(content))
	}
	for name, content := range there {
		want = append(want, name+" "+content)
	}
	slices.Sort(want)
	if using, uerr := f.InUse(); err != nil || uerr != nil || !slices.Equal(got, want) || using != inUse {
		r.Fatalf("holds %q, uses %q (%v, %v); want %q, %q", got, using, err, uerr, want, inUse)
	}
}

// FuzzReadIndex: no index names a file outside the model's folder, or one of our own.
func FuzzReadIndex(f *testing.F) {
	f.Fuzz(func(t *testing.T, index string) {
		shards, err := readIndex(place{read: func(string) ([]byte, error) { return []byte(index), nil }})
		if err != nil && !errors.Is(err, ErrUnusable) {
			t.Error(err)
		}
		for _, name := range shards {
			if path := filepath.Join("model", name); err == nil && (filepath.Dir(path) != "model" || strings.HasPrefix(name, ".")) {
				t.Errorf("%q leads to %s", name, path)
			}
		}
	})
}

// FuzzManifest: reading what others may have written never panics, and what it returns stays in its folder.
func FuzzManifest(f *testing.F) {
	dir := filepath.Join(f.TempDir(), "x")
	f.Fuzz(func(t *testing.T, manifest string) {
		write(t, filepath.Join(dir, manifestFile), []byte(manifest))
		m, err := readManifest(dir)
		if err != nil {
			return
		}
		if m.Name != "x" || len(m.Files) == 0 {
			t.Errorf("%+v", m)
		}
		for _, file := range m.Files {
			if filepath.Dir(filepath.Join(dir, file.Name)) != dir {
				t.Errorf("lists %q", file.Name)
			}
		}
	})
}
