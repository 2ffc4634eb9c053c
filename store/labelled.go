package store

import (
	"bytes"

	bolt "go.etcd.io/bbolt"
)

// The bucket labelled leads from a label to the images that have it, so that neither listing them nor counting them reads
// other images.

// EachLabelled calls fn with every label and image that has it, by label and then by number, until fn fails. fn may call
// the store, and what is changed during the walk may be seen or not.
func (s *Store) EachLabelled(fn func(label string, id uint64) error) error {
	type pair struct {
		label string
		id    uint64
	}
	var from []byte
	for more := true; more; {
		var page []pair
		err := s.view(func(tx *bolt.Tx) error {
			more = false
			b := tx.Bucket(bucketLabelled)
			if b == nil {
				return nil
			}
			c := b.Cursor()
			k, _ := c.Seek(from)
			for ; k != nil && len(page) < labelledPage; k, _ = c.Next() {
				label, id, err := parseLabelledKey(k)
				if err != nil {
					return err
				}
				page = append(page, pair{label, id})
			}
			from, more = bytes.Clone(k), k != nil
			return nil
		})
		if err != nil {
			return wrap("read labels", err)
		}
		for _, p := range page {
			if err := fn(p.label, p.id); err != nil {
				return err
			}
		}
	}
	return nil
}

// labelledPage is how many keys EachLabelled reads in one transaction: they are short.
const labelledPage = 4096
