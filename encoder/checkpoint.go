package encoder

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/edsrzf/mmap-go"
)

const (
	weightsFile = "model.safetensors"
	indexFile   = "model" + indexSuffix
	torchName   = "pytorch_model.bin"
)

// usual are the names under which a folder's weights are looked for, best
// first; then a single .pth, then a single .bin.
var usual = []string{weightsFile, indexFile, torchName}

// modelFiles says where a model's weights are.
type modelFiles struct {
	dir   string     // with config.json, if there is one, and the packed weights
	name  string     // of the model: the folder's, or an unusual file's without its extension
	file  string     // in dir: the weights, or the index of their shards
	index shardIndex // of the shards; nil when file has the weights
}

// locate finds the weights at path, which is a folder or the file itself.
func locate(path string) (f modelFiles, err error) {
	if path, err = filepath.Abs(path); err != nil { // so that "." gets its folder's name
		return f, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return f, fmt.Errorf("%w: %w", ErrWeights, err)
	}
	if info.IsDir() {
		f.dir = path
		f.file, err = findWeights(path)
	} else {
		f.dir, f.file = filepath.Dir(path), filepath.Base(path)
	}
	f.name = filepath.Base(f.dir)
	if !info.IsDir() && !slices.Contains(usual, f.file) {
		f.name = strings.TrimSuffix(f.file, filepath.Ext(f.file))
	}
	if err == nil && strings.HasSuffix(f.file, indexSuffix) {
		f.index, err = readIndex(filepath.Join(f.dir, f.file))
	}
	return f, err
}

// findWeights returns the name of the weights in a folder.
func findWeights(dir string) (string, error) {
	for _, name := range usual {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return name, nil
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrWeights, err)
	}
	for _, ext := range []string{".pth", ".bin"} {
		var found []string
		for _, e := range entries {
			if filepath.Ext(e.Name()) == ext && !strings.HasPrefix(e.Name(), ".") {
				found = append(found, e.Name())
			}
		}
		if len(found) > 1 {
			return "", fmt.Errorf("%w: one of %s is meant: name it", ErrWeights, strings.Join(found, ", "))
		}
		if len(found) == 1 {
			return found[0], nil
		}
	}
	return "", fmt.Errorf("%w: none of %s or a .pth file", ErrWeights, strings.Join(usual, ", "))
}

// readIndex reads the index of shards.
func readIndex(path string) (shardIndex, error) {
	data, err := mapFile(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrWeights, err)
	}
	index, err := parseIndex(data)
	if err != nil {
		err = fmt.Errorf("%w: %s: %w", ErrWeights, filepath.Base(path), err)
	}
	return index, errors.Join(err, data.Unmap())
}

// parts are the files with tensors.
func (f modelFiles) parts() []string {
	if f.index != nil {
		return f.index.files()
	}
	return []string{f.file}
}

// stat returns the size of the weights, and a number that changes with them. It
// stands for the files' sizes, modification times and a sample of their bytes:
// archives give different files one time, and models of one shape have one size.
func (f modelFiles) stat() (size, stamp int64, err error) {
	h := sha256.New()
	for _, name := range f.parts() {
		path := filepath.Join(f.dir, name)
		info, err := os.Stat(path)
		if err != nil {
			return 0, 0, err
		}
		size += info.Size()
		_, _ = fmt.Fprintf(h, "%q %d %d\n", name, info.Size(), info.ModTime().UnixNano()) // a hash takes everything
		if err := sample(h, path, info); err != nil {
			return 0, 0, err
		}
	}
	return size, int64(binary.LittleEndian.Uint64(h.Sum(nil))), nil
}

// sample writes pieces of a file to h, from its first bytes to its last.
func sample(h io.Writer, path string, info os.FileInfo) error {
	const pieces, length = 16, 4096
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // only read
	for i := range int64(pieces) {
		from := max(info.Size()-length, 0) * i / (pieces - 1)
		if _, err := io.Copy(h, io.NewSectionReader(f, from, length)); err != nil {
			return err
		}
	}
	return nil
}

// checkpoint is a model's tensors in mapped files.
type checkpoint struct {
	fileSource
	verify func() error // compares checksums, which reads every byte; nil for a format without
	maps   []mmap.MMap
}

// close ends the life of the tensors.
func (c *checkpoint) close() (err error) {
	for _, m := range c.maps {
		err = errors.Join(err, m.Unmap())
	}
	return err
}

// open maps the weights and reads what they are, but none of their values.
func (f modelFiles) open() (_ *checkpoint, err error) {
	c := &checkpoint{}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.close())
		}
	}()
	tensors := map[string]tensor{}
	for _, name := range f.parts() {
		data, err := mapFile(filepath.Join(f.dir, name))
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrWeights, err)
		}
		c.maps = append(c.maps, data)
		if err := c.addFile(tensors, f, name, data); err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrWeights, name, err)
		}
	}
	if err := f.index.complete(tensors); err != nil {
		return nil, err
	}
	c.fileSource, err = newFileSource(tensors)
	return c, err
}

// addFile adds the tensors of one file to all.
func (c *checkpoint) addFile(all map[string]tensor, f modelFiles, name string, data []byte) error {
	if filepath.Ext(name) != ".safetensors" {
		t, err := parseTorch(data)
		if err != nil {
			return err
		}
		c.verify = t.verify
		maps.Copy(all, t.tensors)
		return nil
	}
	tensors, err := parseSafetensors(data)
	if err != nil {
		return err
	}
	if f.index != nil {
		return f.index.merge(all, name, tensors)
	}
	maps.Copy(all, tensors)
	return nil
}

// mapFile maps a file into memory: the weights are read as they are packed and
// the file is never copied as a whole.
func mapFile(path string) (mmap.MMap, error) {
	info, err := os.Stat(path) // first: opening a pipe would wait for a writer
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() == 0 {
		return nil, fmt.Errorf("%s is empty or not a regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // the map outlives it
	return mmap.Map(f, mmap.RDONLY, 0)
}
