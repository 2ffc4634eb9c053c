package store

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"strings"

	bolt "go.etcd.io/bbolt"
)

// Spec says how the model with a fingerprint is opened: by which name, and with which of the choices that are part of the
// fingerprint. A field that is empty says nothing.
type Spec struct {
	Name       string `json:"name,omitempty"` // of an installed model, "starter", or the absolute path of one that lies elsewhere
	Preprocess string `json:"preprocess,omitempty"`
	Size       string `json:"size,omitempty"` // WIDTHxHEIGHT
	Descriptor string `json:"descriptor,omitempty"`
	Whiten     bool   `json:"whiten,omitempty"` // its vectors are whitened; or, without a Whitening of this fingerprint, they are to be next
}

// String writes a spec as the command line does.
func (s Spec) String() string {
	parts := []string{s.Name}
	for _, flag := range []struct{ name, value string }{{"preprocess", s.Preprocess}, {"size", s.Size}, {"descriptor", s.Descriptor}} {
		if flag.value != "" {
			parts = append(parts, "--"+flag.name, flag.value)
		}
	}
	if s.Whiten {
		parts = append(parts, "--whiten")
	}
	return strings.TrimSpace(strings.Join(parts, " "))
}

// With is s with what other says instead, as far as that says something.
func (s Spec) With(other Spec) Spec {
	if other.Name != "" && other.Name != s.Name {
		return other // its choices were made for another model
	}
	for _, field := range []struct{ to, from *string }{
		{&s.Preprocess, &other.Preprocess}, {&s.Size, &other.Size}, {&s.Descriptor, &other.Descriptor},
	} {
		if *field.from != "" {
			*field.to = *field.from
		}
	}
	s.Name = cmp.Or(s.Name, other.Name)
	s.Whiten = s.Whiten || other.Whiten
	return s
}

// Spec says how the model with a fingerprint was opened; the zero Spec where that was not written down.
func (s *Store) Spec(fingerprint string) (spec Spec, err error) {
	err = s.view(func(tx *bolt.Tx) (err error) {
		spec, err = readSpec(tx, fingerprint)
		return err
	})
	return spec, wrap("read how the model is opened", err)
}

// readSpec falls back on the name that a folder from before there were specs has.
func readSpec(tx *bolt.Tx, fingerprint string) (spec Spec, err error) {
	if b := tx.Bucket(bucketSpecs); b != nil {
		if v := b.Get([]byte(fingerprint)); v != nil {
			return spec, unsealJSON(v, &spec)
		}
	}
	job, err := readJob(tx)
	if err != nil {
		return spec, err
	}
	m, err := pinned(tx)
	switch {
	case err != nil:
	case job.Generation != 0 && job.Fingerprint == fingerprint:
		spec.Name = job.Name
	case m.Fingerprint == fingerprint:
		spec.Name = m.Name
	}
	return spec, err
}

// putSpec writes down how a model is opened. A zero spec says nothing.
func (t *txn) putSpec(fingerprint string, spec Spec) error {
	b := t.Bucket(bucketSpecs)
	if spec == (Spec{}) {
		return nil
	}
	v, err := sealJSON(spec)
	if err != nil || bytes.Equal(b.Get([]byte(fingerprint)), v) {
		return err
	}
	return b.Put([]byte(fingerprint), v)
}

// Whitening gives what the vectors of the model with a fingerprint are whitened by, the bytes that BeginReembedding got.
// ErrNotFound where they are not.
func (s *Store) Whitening(fingerprint string) (data []byte, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketWhitenings)
		if b == nil || b.Get([]byte(fingerprint)) == nil {
			return ErrNotFound
		}
		body, err := unseal(b.Get([]byte(fingerprint)))
		data = bytes.Clone(body)
		return err
	})
	return data, wrap(fmt.Sprintf("whitening of model %.12s", fingerprint), err)
}

// unusedModels lists, of the buckets that have an item a model, those of models that are neither the folder's nor about to be.
func unusedModels(tx *bolt.Tx, bucket []byte) (keys [][]byte, err error) {
	m, err := pinned(tx)
	job, err2 := readJob(tx)
	b := tx.Bucket(bucket)
	if err := errors.Join(err, err2); err != nil || b == nil {
		return nil, err
	}
	err = b.ForEach(func(k, _ []byte) error {
		if string(k) != m.Fingerprint && (job.Generation == 0 || string(k) != job.Fingerprint) {
			keys = append(keys, bytes.Clone(k))
		}
		return nil
	})
	return keys, err
}

// dropModels removes what is kept of models that nothing refers to any more; a whitening is megabytes.
func (t *txn) dropModels() error {
	for _, bucket := range [][]byte{bucketSpecs, bucketWhitenings} {
		keys, err := unusedModels(t.Tx, bucket)
		if err != nil {
			return err
		}
		for _, k := range keys {
			if err := t.Bucket(bucket).Delete(k); err != nil {
				return err
			}
		}
	}
	return nil
}
