package store

import (
	"bytes"
	"fmt"

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

// ListLabel gives up to limit images that have a label and numbers under before, newest first; before 0 starts at the
// newest.
func (s *Store) ListLabel(label string, before uint64, limit int) (list []Image, err error) {
	prefix := append([]byte(label), 0)
	err = s.view(func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketLabelled)
		if b == nil {
			return nil
		}
		c := b.Cursor()
		for k := lastBefore(c, label, before); bytes.HasPrefix(k, prefix) && len(list) < limit; k, _ = c.Prev() {
			_, id, err := parseLabelledKey(k)
			if err != nil {
				return err
			}
			v := tx.Bucket(bucketImages).Get(idKey(id))
			if v == nil {
				return fmt.Errorf("%w: label %q leads to image %d, which does not exist", ErrCorrupt, label, id)
			}
			m, err := readImage(tx, id, v)
			if err != nil {
				return err
			}
			list = append(list, m)
		}
		return nil
	})
	return list, wrap(fmt.Sprintf("list images labelled %q", label), err)
}

// lastBefore moves the cursor to the last key of a label with a number under before, or to some key of another label, or
// to none.
func lastBefore(c *bolt.Cursor, label string, before uint64) []byte {
	end := labelledKey(label, before)
	if before == 0 {
		end = append([]byte(label), 1) // after every key of the label, in front of the next
	}
	if k, _ := c.Seek(end); k == nil { // every key is smaller
		k, _ = c.Last()
		return k
	}
	k, _ := c.Prev()
	return k
}
