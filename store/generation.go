package store

import (
	"bytes"
	"fmt"
	"strconv"

	bolt "go.etcd.io/bbolt"
)

// generation numbers the vectors of one model, the graph over them and the remarks about them, which lie in buckets of
// their own: those of generation 0 are "vectors" and "graph", those of generation n "vectors.n", "graph.n" and "remarks.n".
// Which one counts is one small value in meta, so that replacing all vectors at once is one small transaction. No number
// is used twice.
type generation uint64

func (g generation) vectors() []byte { return g.name(bucketVectors) }
func (g generation) graph() []byte   { return g.name(bucketGraph) }
func (g generation) remarks() []byte { return g.name(bucketRemarks) }

func (g generation) name(kind []byte) []byte {
	if g == 0 {
		return kind
	}
	return fmt.Appendf(nil, "%s.%d", kind, g)
}

// buckets are the names of all that belongs to the generation.
func (g generation) buckets() [][]byte {
	if g == 0 {
		return [][]byte{bucketVectors, bucketGraph}
	}
	return [][]byte{g.vectors(), g.graph(), g.remarks()}
}

// parseGeneration tells to which generation a bucket belongs; ok is false when it belongs to none.
func parseGeneration(bucket []byte) (g generation, ok bool) {
	kind, number, numbered := bytes.Cut(bucket, []byte("."))
	if !numbered {
		return 0, bytes.Equal(kind, bucketVectors) || bytes.Equal(kind, bucketGraph)
	}
	n, err := strconv.ParseUint(string(number), 10, 64)
	known := bytes.Equal(kind, bucketVectors) || bytes.Equal(kind, bucketGraph) || bytes.Equal(kind, bucketRemarks)
	return generation(n), err == nil && n > 0 && known && string(number) == strconv.FormatUint(n, 10)
}

// currentGeneration is the one that searches are about. It is read with every vector, so it is a number and not JSON.
func currentGeneration(tx *bolt.Tx) (generation, error) {
	v := tx.Bucket(bucketMeta).Get(keyGeneration)
	if v == nil {
		return 0, nil
	}
	body, err := unseal(v)
	if err != nil {
		return 0, fmt.Errorf("generation: %w", err)
	}
	n, err := keyID(body)
	return generation(n), err
}

// current opens a bucket of the generation that counts.
func current(tx *bolt.Tx, name func(generation) []byte) (*bolt.Bucket, error) {
	g, err := currentGeneration(tx)
	if err != nil {
		return nil, err
	}
	b := tx.Bucket(name(g))
	if b == nil {
		return nil, fmt.Errorf("%w: bucket %s is missing", ErrCorrupt, name(g))
	}
	return b, nil
}

// nextGeneration is a number that was never used. A cancelled job's buckets may still be there.
func nextGeneration(tx *bolt.Tx) (generation, error) {
	newest, err := currentGeneration(tx)
	if err != nil {
		return 0, err
	}
	err = tx.ForEach(func(name []byte, _ *bolt.Bucket) error {
		if g, ok := parseGeneration(name); ok {
			newest = max(newest, g)
		}
		return nil
	})
	return newest + 1, err
}
