package encoder

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// fingerprint identifies everything that decides what a vector is: shape,
// preprocessing and the tensors as stored. Vectors of models with different
// fingerprints cannot be compared. It does not depend on the order of the
// tensors in the file, on a "vit." prefix, or on parts that are ignored.
func fingerprint(c Config, p Preprocess, tensors fileSource) string {
	h := sha256.New()
	header, err := json.Marshal([]any{"lookalike model 1", c, p})
	if err != nil {
		panic(fmt.Sprintf("encoder: config cannot be written as JSON: %v", err)) // plain numbers and strings
	}
	h.Write(header)
	for _, name := range tensors.names() {
		t := tensors[name]
		fmt.Fprintf(h, "\n%q %s %v ", name, t.dtype, t.shape)
		_ = binary.Write(h, binary.LittleEndian, int64(len(t.data)))
		h.Write(t.data)
	}
	return hex.EncodeToString(h.Sum(nil))
}
