package encoder

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// A large model may be cut into several safetensors files, which
// model.safetensors.index.json lists:
//
//	{"metadata": {"total_size": ...}, "weight_map": {"tensor's name": "model-00001-of-00002.safetensors", ...}}
const (
	indexSuffix = ".safetensors.index.json"
	maxIndex    = 16 << 20 // bytes; 700 tensors take 0.1 MB
	maxShards   = 1024
)

// shardIndex says which file each tensor is in.
type shardIndex map[string]string

// parseIndex reads the index. Its files are plain names: they lie beside it.
func parseIndex(data []byte) (index shardIndex, err error) {
	if len(data) > maxIndex {
		return nil, fmt.Errorf("index of %d bytes: more than %d", len(data), maxIndex)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	err = eachKey(dec, func(key string) error {
		if key != "weight_map" { // metadata says how large the model is; so do the files
			var free json.RawMessage
			return dec.Decode(&free)
		}
		if index != nil {
			return fmt.Errorf("weight_map is there twice")
		}
		index = shardIndex{}
		return index.read(dec)
	})
	if err == nil {
		err = atEnd(dec)
	}
	if err == nil && len(index) == 0 {
		err = fmt.Errorf("no weight_map, or an empty one")
	}
	if files := index.files(); err == nil && len(files) > maxShards {
		err = fmt.Errorf("%d files: more than %d", len(files), maxShards)
	}
	return index, err
}

// read reads the weight_map.
func (x shardIndex) read(dec *json.Decoder) error {
	return eachKey(dec, func(name string) error {
		var file string
		if err := dec.Decode(&file); err != nil {
			return fmt.Errorf("tensor %q: %w", name, err)
		}
		if !strings.HasSuffix(file, ".safetensors") || strings.ContainsAny(file, `/\:`) || strings.HasPrefix(file, ".") {
			return fmt.Errorf("tensor %q: %q is not the name of a safetensors file beside the index", name, file)
		}
		if _, twice := x[name]; twice {
			return fmt.Errorf("tensor %q is there twice", name)
		}
		x[name] = file
		return nil
	})
}

// files are the shards' names, sorted.
func (x shardIndex) files() []string {
	return slices.Compact(slices.Sorted(maps.Values(x)))
}

// merge adds a shard's tensors to all; each must be where the index has it.
func (x shardIndex) merge(all map[string]tensor, file string, shard map[string]tensor) error {
	for name, t := range shard {
		if x[name] != file {
			return fmt.Errorf("tensor %q is in %s, where the index does not have it", name, file)
		}
		all[name] = t
	}
	return nil
}

// complete checks that the shards had all tensors.
func (x shardIndex) complete(all map[string]tensor) error {
	for name, file := range x {
		if _, ok := all[name]; !ok {
			return fmt.Errorf("%w: tensor %q is missing in %s", ErrWeights, name, file)
		}
	}
	return nil
}

// eachKey reads a JSON object; f gets each key and reads its value. Keys given
// twice are f's to notice: encoding/json would let the second one win, another
// reader the first, and the same file would be two models.
func eachKey(dec *json.Decoder, f func(key string) error) error {
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return fmt.Errorf("not a JSON object")
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return err
		}
		name, _ := key.(string) // a decoder accepts nothing else as a key
		if err := f(name); err != nil {
			return err
		}
	}
	_, err := dec.Token()
	return err
}

// atEnd refuses what follows the JSON value.
func atEnd(dec *json.Decoder) error {
	if _, err := dec.Token(); err != io.EOF {
		return fmt.Errorf("something follows the JSON object")
	}
	return nil
}
