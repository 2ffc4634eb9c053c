package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// failure is an input that could not be used, and why.
type failure struct {
	Path  string `json:"path"`
	Error string `json:"error"`
}

// litter are files that systems leave in picture folders; a walk passes over them.
var litter = map[string]bool{"Thumbs.db": true, "desktop.ini": true, ".DS_Store": true, ".localized": true}

// walk returns the absolute paths of all files under the given files and
// folders, in order. Every file counts, whatever its name: formats are told by
// content. Hidden folders, litter and names that match a glob of exclude are
// passed over; what cannot be read comes back as a failure.
func walk(roots, exclude []string) (paths []string, failures []failure) {
	seen := map[string]bool{}
	for _, root := range roots {
		abs, err := filepath.Abs(root)
		if err != nil {
			failures = append(failures, failure{root, err.Error()})
			continue
		}
		_ = filepath.WalkDir(abs, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				failures = append(failures, failure{path, reason(err)})
				return nil // the rest of the walk goes on
			case path != abs && skipped(d, exclude):
				if d.IsDir() {
					return filepath.SkipDir
				}
			case !isFolder(path, d) && !seen[path]:
				seen[path] = true
				paths = append(paths, path)
			}
			return nil
		})
	}
	return paths, failures
}

func skipped(d fs.DirEntry, exclude []string) bool {
	for _, glob := range exclude {
		if ok, _ := filepath.Match(glob, d.Name()); ok {
			return true
		}
	}
	return litter[d.Name()] || d.IsDir() && strings.HasPrefix(d.Name(), ".")
}

// isFolder is also true for a link to a folder, which a walk does not follow:
// it could lead in circles.
func isFolder(path string, d fs.DirEntry) bool {
	if d.Type()&fs.ModeSymlink == 0 {
		return d.IsDir()
	}
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// reason is an error without the path that the caller prints beside it.
func reason(err error) string {
	if pe := (*fs.PathError)(nil); errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}
