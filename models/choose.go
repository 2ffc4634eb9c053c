package models

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// Names in a model's folder. The first weights that there are win.
const (
	configFile     = "config.json"
	preprocessFile = "preprocessor_config.json"
	weightsFile    = "model.safetensors"
	indexFile      = "model.safetensors.index.json"
	pytorchFile    = "pytorch_model.bin"
)

// maxShards bounds what an index may list.
const maxShards = 256

// maxDescription bounds, in bytes, the files that describe a model and are read as a whole. Names of 21,000 classes take 1 MB.
const maxDescription = 16 << 20

// checkDescription refuses a file that describes a model and is too large for that.
func checkDescription(name string, size int64) error {
	if path.Ext(name) == ".json" && size > maxDescription {
		return fmt.Errorf("%w: %s of %d bytes describes no model", ErrUnusable, name, size)
	}
	return nil
}

// place is where a model's files are: a commit on a hub, or a folder. For both the same choice is made, so that a snapshot
// that was carried over is the model that would have been downloaded.
type place struct {
	has  func(name string) (bool, error)
	read func(name string) ([]byte, error) // of small files
	all  func() ([]string, error)          // every name; none where there is no list
}

// choose returns the files that make up the model at p: what describes it, and one form of its weights. They are those that
// the encoder reads of a folder.
func choose(p place) (names []string, err error) {
	names, err = describing(p)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{weightsFile, indexFile, pytorchFile} {
		found, err := p.has(name)
		switch {
		case err != nil:
			return nil, err
		case found && name == indexFile:
			shards, err := readIndex(p)
			return append(append(names, name), shards...), err
		case found:
			return append(names, name), nil
		}
	}
	other, err := chooseOther(p)
	return append(names, other), err
}

// chooseOther returns the single .pth, or else the single .bin, whatever its name: how DINO's own weights come.
func chooseOther(p place) (string, error) {
	all, err := p.all()
	if err != nil {
		return "", err
	}
	for _, ext := range []string{".pth", ".bin"} {
		var found []string
		for _, name := range all {
			if path.Ext(name) == ext && plain(name) {
				found = append(found, name)
			}
		}
		if len(found) > 1 {
			return "", fmt.Errorf("%w: one of %s is meant", ErrUnusable, strings.Join(found, ", "))
		}
		if len(found) == 1 {
			return found[0], nil
		}
	}
	return "", fmt.Errorf("%w: it has none of %s, %s, %s and no .pth file", ErrUnusable, weightsFile, indexFile, pytorchFile)
}

// installedName is what a file is called in a model's folder: one of safetensors is looked for under the usual name only.
func installedName(name string) string {
	if path.Ext(name) == ".safetensors" {
		return weightsFile
	}
	return name
}

// describing returns the files that say what the weights are; both are optional.
func describing(p place) (names []string, err error) {
	for _, name := range []string{configFile, preprocessFile} {
		found, err := p.has(name)
		if err != nil {
			return nil, err
		}
		if found {
			names = append(names, name)
		}
	}
	return names, nil
}

// readIndex lists the files over which the tensors are spread.
func readIndex(p place) ([]string, error) {
	data, err := p.read(indexFile)
	if err != nil {
		return nil, err
	}
	var index struct {
		Files map[string]string `json:"weight_map"` // tensor -> file
	}
	if err := json.Unmarshal(data, &index); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrUnusable, indexFile, err)
	}
	shards := slices.Compact(slices.Sorted(maps.Values(index.Files)))
	if len(shards) == 0 || len(shards) > maxShards {
		return nil, fmt.Errorf("%w: %s lists %d files", ErrUnusable, indexFile, len(shards))
	}
	for _, name := range shards {
		if !plain(name) || !strings.HasSuffix(name, ".safetensors") {
			return nil, fmt.Errorf("%w: %s lists %q", ErrUnusable, indexFile, name)
		}
	}
	return shards, nil
}

// plain reports whether a name that others chose stays in the folder that it is put into, and is not one of ours.
func plain(name string) bool {
	return name != "" && name == path.Base(name) && !strings.ContainsAny(name, "\\\x00") && name[0] != '.' && name != manifestFile
}
