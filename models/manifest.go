package models

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

const (
	manifestFile   = "manifest.json"
	manifestFormat = 1
	maxManifest    = 1 << 20
)

// Starter is the name that stands for the model inside the program; no other may have it.
const Starter = "starter"

// File is one file of a model.
type File struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`   // bytes
	SHA256 string `json:"sha256"` // hexadecimal
}

// Origin says where a model came from.
type Origin struct {
	Source   string `json:"source"`             // ORG/NAME, a URL, or a path of this machine
	Endpoint string `json:"endpoint,omitempty"` // the hub, for ORG/NAME
	Revision string `json:"revision,omitempty"` // as it was asked for
	Commit   string `json:"commit,omitempty"`   // what the revision was then
}

// Facts are what opening a model tells.
type Facts struct {
	Dim         int    `json:"dim"`
	Fingerprint string `json:"fingerprint"` // with the preprocessing that the model's files ask for
}

// Manifest is what manifest.json records of an installed model.
type Manifest struct {
	Format int    `json:"format"`
	Name   string `json:"name"`
	Origin
	Facts
	Installed time.Time `json:"installed"`
	Files     []File    `json:"files"`
}

// Size is that of the model's files in bytes.
func (m Manifest) Size() (sum int64) {
	for _, f := range m.Files {
		sum += f.Size
	}
	return sum
}

var modelName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

// CheckName returns ErrName for what no model can be called.
func CheckName(name string) error {
	if !modelName.MatchString(name) || name == Starter {
		return fmt.Errorf("%w: a model cannot be called %q: letters, digits and . _ - are allowed, and not %q", ErrName, name, Starter)
	}
	return nil
}

// nameOf makes a model's name of the last part of a repository, URL or path.
func nameOf(source string) string {
	base := source[strings.LastIndexAny(source, `/\`)+1:]
	for _, ext := range weightsExtensions {
		base = strings.TrimSuffix(base, ext)
	}
	return strings.Trim(regexp.MustCompile(`[^A-Za-z0-9._-]+`).ReplaceAllString(base, "-"), "-._")
}

// readManifest reads and validates the manifest of the model in dir.
func readManifest(dir string) (m Manifest, err error) {
	path := filepath.Join(dir, manifestFile)
	if size := fileSize(path); size > maxManifest {
		return m, fmt.Errorf("%w: %s has %d bytes", ErrDamaged, path, size)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(data, &m); err != nil {
		return m, fmt.Errorf("%w: %s: %w", ErrDamaged, path, err)
	}
	if m.Format != manifestFormat || m.Name != filepath.Base(dir) || len(m.Files) == 0 {
		return m, fmt.Errorf("%w: %s is not this model's, or of another version of lookalike", ErrDamaged, path)
	}
	for _, f := range m.Files {
		if !plain(f.Name) {
			return m, fmt.Errorf("%w: %s lists %q", ErrDamaged, path, f.Name)
		}
	}
	return m, nil
}
