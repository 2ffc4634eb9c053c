package encoder

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"

	"lookalike/internal/simd"
)

// The layout of model.safetensors:
//
//	0           8                  8+h                              end
//	| h: uint64 | header: JSON     | tensor | tensor | ...          |
//	| little e. |                  | little endian, rows tightly    |
//
// The header maps a name to {"dtype", "shape", "data_offsets": [from, to]},
// offsets counted from the end of the header. Tensors may not overlap, and
// together they fill the file: what is cut off or hidden does not go unseen.

// maxHeader bounds the header in bytes. The format allows 100 MB; the 800
// tensors of the deepest published ViT take 0.1 MB.
const maxHeader = 16 << 20

// tensor is a view into the file's bytes; nothing is copied until it is read.
type tensor struct {
	dtype string
	shape []int
	data  []byte // little endian
}

// dtypes are the element types that can be read, with their sizes in bytes.
var dtypes = map[string]int{"F32": 4, "F16": 2, "BF16": 2}

// headerEntry is one tensor of the JSON header, as the file claims; nothing is
// allocated by its numbers before view has compared them with the file.
type headerEntry struct {
	Dtype   string  `json:"dtype"`
	Shape   []int64 `json:"shape"`
	Offsets []int64 `json:"data_offsets"`
}

// parseSafetensors returns the tensors of a file by name, as views of data.
func parseSafetensors(data []byte) (map[string]tensor, error) {
	if len(data) < 8 {
		return nil, fmt.Errorf("%d bytes are too few for a safetensors file", len(data))
	}
	size := binary.LittleEndian.Uint64(data)
	if size > maxHeader || size > uint64(len(data)-8) {
		return nil, fmt.Errorf("header of %d bytes does not fit in a file of %d: truncated, or not safetensors", size, len(data))
	}
	entries, err := parseHeader(data[8 : 8+size])
	if err != nil {
		return nil, err
	}
	body := data[8+size:]
	tensors := make(map[string]tensor, len(entries))
	for name, e := range entries {
		t, err := e.view(body)
		if err != nil {
			return nil, fmt.Errorf("tensor %q: %w", name, err)
		}
		tensors[name] = t
	}
	return tensors, checkLayout(entries, int64(len(body)))
}

// parseHeader decodes the header entry by entry, so that a name given twice is noticed.
func parseHeader(header []byte) (map[string]headerEntry, error) {
	dec := json.NewDecoder(bytes.NewReader(header))
	entries := map[string]headerEntry{}
	err := eachKey(dec, func(name string) error { return parseEntry(dec, name, entries) })
	if err == nil {
		err = atEnd(dec)
	}
	if err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	return entries, nil
}

// parseEntry reads a name's value.
func parseEntry(dec *json.Decoder, name string, entries map[string]headerEntry) error {
	if name == "__metadata__" {
		var free map[string]string // says how the file was made; nothing here depends on it
		if err := dec.Decode(&free); err != nil {
			return fmt.Errorf("__metadata__: %w", err)
		}
		return nil
	}
	if _, twice := entries[name]; twice {
		return fmt.Errorf("tensor %q is named twice", name)
	}
	var e headerEntry
	if err := dec.Decode(&e); err != nil {
		return fmt.Errorf("tensor %q: %w", name, err)
	}
	entries[name] = e
	return nil
}

// view checks one entry against the body and cuts its bytes out.
func (e headerEntry) view(body []byte) (tensor, error) {
	if len(e.Offsets) != 2 {
		return tensor{}, fmt.Errorf("data_offsets has %d numbers; a range has 2", len(e.Offsets))
	}
	from, to := e.Offsets[0], e.Offsets[1]
	if from < 0 || to < from || to > int64(len(body)) {
		return tensor{}, fmt.Errorf("data_offsets [%d, %d] lie outside the %d bytes of data: truncated file?", from, to, len(body))
	}
	shape, count := make([]int, len(e.Shape)), int64(1)
	for i, n := range e.Shape {
		if n < 0 || n > math.MaxInt32 || count > math.MaxInt64/max(n, 1) {
			return tensor{}, fmt.Errorf("shape %v is out of range", e.Shape)
		}
		shape[i], count = int(n), count*n
	}
	// Other types are allowed in a file as long as nobody reads them.
	if size, known := dtypes[e.Dtype]; known && (count > math.MaxInt64/8 || count*int64(size) != to-from) {
		return tensor{}, fmt.Errorf("shape %v of %s does not take %d bytes", e.Shape, e.Dtype, to-from)
	}
	return tensor{e.Dtype, shape, body[from:to]}, nil
}

// checkLayout refuses overlaps, and bytes that belong to no tensor.
func checkLayout(entries map[string]headerEntry, size int64) error {
	names := slices.SortedFunc(maps.Keys(entries), func(a, b string) int {
		return slices.Compare(entries[a].Offsets, entries[b].Offsets)
	})
	end := int64(0)
	for _, name := range names {
		if from := entries[name].Offsets[0]; from != end {
			return fmt.Errorf("tensor %q begins at byte %d of the data, where %d ends the one before: overlap or gap", name, from, end)
		}
		end = entries[name].Offsets[1]
	}
	if end != size {
		return fmt.Errorf("%d bytes follow the last tensor", size-end)
	}
	return nil
}

// floats converts a tensor to float32. It fails on the first NaN or infinity:
// one of them would make every embedding NaN, and nothing later would say why.
func (t tensor) floats() ([]float32, error) {
	size := dtypes[t.dtype]
	if size == 0 {
		return nil, fmt.Errorf("dtype %s is not one of F32, F16, BF16", t.dtype)
	}
	out := make([]float32, len(t.data)/size)
	switch t.dtype {
	case "F32":
		for i := range out {
			out[i] = math.Float32frombits(binary.LittleEndian.Uint32(t.data[4*i:]))
		}
	case "F16":
		for i := range out {
			out[i] = simd.FromFloat16(binary.LittleEndian.Uint16(t.data[2*i:]))
		}
	case "BF16": // the upper half of a float32
		for i := range out {
			out[i] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(t.data[2*i:])) << 16)
		}
	}
	for i, v := range out {
		if v-v != 0 { // NaN and the infinities are the values for which this holds
			return nil, fmt.Errorf("value %d is %v", i, v)
		}
	}
	return out, nil
}
