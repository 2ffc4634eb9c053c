package models

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// weightsExtensions are those of a file that can be a model by itself.
var weightsExtensions = []string{".safetensors", ".pth", ".bin"}

func isWeights(name string) bool { return slices.Contains(weightsExtensions, filepath.Ext(name)) }

// Local finds the model in a folder, or in a file of weights with what describes it beside it, and the name that suits it.
func Local(path string) (found Found, name string, err error) {
	path, err = filepath.Abs(path)
	if err != nil {
		return found, "", err
	}
	info, err := os.Stat(path)
	if err != nil {
		return found, "", fmt.Errorf("%w: %w", ErrUnusable, err)
	}
	dir, names := path, []string(nil)
	switch {
	case info.IsDir():
		names, err = choose(inFolder(dir))
	case isWeights(path):
		dir = filepath.Dir(path)
		names, err = describing(inFolder(dir))
		names = append(names, filepath.Base(path))
	default:
		err = fmt.Errorf("%w: a model is a folder, or a file ending in %s", ErrUnusable, strings.Join(weightsExtensions, ", "))
	}
	if err != nil {
		return found, "", fmt.Errorf("%s: %w", path, err)
	}
	found.Origin, name = originOfPath(path)
	for _, n := range names {
		found.Files = append(found.Files, Located{File: File{Name: installedName(n)}, Path: filepath.Join(dir, n)})
	}
	return found, name, nil
}

// inFolder is the place where a folder's files are. Links are followed: snapshots consist of them.
func inFolder(dir string) place {
	return place{
		has: func(name string) (bool, error) {
			info, err := os.Stat(filepath.Join(dir, name))
			if errors.Is(err, fs.ErrNotExist) {
				return false, nil
			}
			if err == nil {
				err = checkDescription(name, info.Size())
			}
			return err == nil, err
		},
		read: func(name string) ([]byte, error) {
			info, err := os.Stat(filepath.Join(dir, name)) // first: opening a pipe would wait for a writer
			if err == nil && !info.Mode().IsRegular() {
				err = fmt.Errorf("%w: %s is not a regular file", ErrUnusable, name)
			}
			if err != nil {
				return nil, err
			}
			return os.ReadFile(filepath.Join(dir, name))
		},
		all: func() (names []string, err error) {
			entries, err := os.ReadDir(dir)
			for _, e := range entries {
				names = append(names, e.Name())
			}
			return names, err
		},
	}
}

// originOfPath knows two kinds of folders for what they are: a model that another data folder has installed, and a
// snapshot in a hub's cache, models--ORG--NAME/snapshots/COMMIT.
func originOfPath(path string) (o Origin, name string) {
	if m, err := readManifest(path); err == nil {
		return m.Origin, m.Name
	}
	snapshots, commit := filepath.Split(path)
	repository, parent := filepath.Split(filepath.Clean(snapshots))
	id, ok := strings.CutPrefix(filepath.Base(repository), "models--")
	if !ok || parent != "snapshots" || !commitID.MatchString(commit) {
		return Origin{Source: path}, nameOf(path)
	}
	id = strings.ReplaceAll(id, "--", "/")
	return Origin{Source: id, Commit: commit}, nameOf(id)
}
