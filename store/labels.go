package store

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	bolt "go.etcd.io/bbolt"
)

// Limits of labels. A label is a key, so it must stay short; the count bounds what reading one image costs.
const (
	MaxLabel  = 200 // bytes of one label
	MaxLabels = 100 // labels of one image, the rejected among them
)

// Decision says how a label came to an image, or that it never should again.
type Decision string

// Decisions. None of them forgets what was decided before.
const (
	None     Decision = ""
	Given    Decision = "given"    // by a person, or from a folder's name
	Accepted Decision = "accepted" // suggested, and a person agreed
	Rejected Decision = "rejected" // suggested, and a person did not agree: the image does not have it
)

// has reports whether an image with this decision has the label.
func (d Decision) has() bool { return d == Given || d == Accepted }

// Label is a label that an image has, or that was rejected for it.
type Label struct {
	Name     string
	Decision Decision
	At       time.Time
}

// LabelChange is one decision to be stored.
type LabelChange struct {
	ID       uint64
	Label    string
	Decision Decision // None takes the label, or its rejection, away
}

// ValidateLabel refuses what cannot be a label: anything but 1 to MaxLabel bytes of UTF-8 without control characters
// and without white space around them.
func ValidateLabel(name string) error {
	switch {
	case name == "" || len(name) > MaxLabel:
		return fmt.Errorf("%w: a label of %d bytes, must be 1 to %d", ErrLabel, len(name), MaxLabel)
	case !utf8.ValidString(name):
		return fmt.Errorf("%w: %q is not UTF-8", ErrLabel, name)
	case strings.ContainsFunc(name, unicode.IsControl):
		return fmt.Errorf("%w: %q has control characters", ErrLabel, name)
	case strings.TrimSpace(name) != name:
		return fmt.Errorf("%w: %q has white space around it", ErrLabel, name)
	}
	return nil
}

func (c LabelChange) validate() error {
	if c.Decision != None && !c.Decision.has() && c.Decision != Rejected {
		return fmt.Errorf("%w: no decision is called %q", ErrLabel, c.Decision)
	}
	return ValidateLabel(c.Label)
}

// SetLabels stores decisions in one transaction, all of them or none, fsynced on return. It gives how many of them changed
// anything: a decision that stands already keeps its time. ErrNotFound when an image does not exist.
func (s *Store) SetLabels(changes ...LabelChange) (changed int, err error) {
	for _, c := range changes {
		if err := c.validate(); err != nil {
			return 0, fmt.Errorf("set labels: %w", err)
		}
	}
	err = s.update(func(t *txn) error {
		for _, c := range changes {
			did, err := t.setLabel(c)
			if err != nil {
				return fmt.Errorf("image %d: %w", c.ID, err)
			}
			if did {
				changed++
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("set labels: %w", err)
	}
	return changed, nil
}

// setLabel and dropLabels are the only writers of labels and labelled, so that the two agree.
func (t *txn) setLabel(c LabelChange) (changed bool, err error) {
	if t.Bucket(bucketImages).Get(idKey(c.ID)) == nil {
		return false, ErrNotFound
	}
	labels, labelled := t.Bucket(bucketLabels), t.Bucket(bucketLabelled)
	key, back := labelKey(c.ID, c.Label), labelledKey(c.Label, c.ID)
	before, err := decisionOf(labels.Get(key), c.ID, c.Label)
	if err != nil || before.Decision == c.Decision {
		return false, err
	}
	if c.Decision == None {
		return true, errors.Join(labels.Delete(key), labelled.Delete(back))
	}
	if before.Decision == None && countPrefix(labels, idKey(c.ID)) >= MaxLabels {
		return false, fmt.Errorf("%w: it has %d labels already, that is the limit", ErrLabel, MaxLabels)
	}
	record, err := encodeLabel(Label{c.Label, c.Decision, t.now})
	if err != nil {
		return false, err
	}
	if c.Decision.has() {
		return true, errors.Join(labels.Put(key, record), labelled.Put(back, []byte{}))
	}
	return true, errors.Join(labels.Put(key, record), labelled.Delete(back))
}

// decisionOf decodes a record that may not be there, which is no decision.
func decisionOf(v []byte, id uint64, name string) (Label, error) {
	if v == nil {
		return Label{Name: name}, nil
	}
	return decodeLabel(labelKey(id, name), v)
}

// dropLabels forgets every decision about an image that is deleted.
func (t *txn) dropLabels(id uint64) error {
	labels, err := labelsOf(t.Tx, id)
	if err != nil {
		return err
	}
	for _, l := range labels {
		err = errors.Join(err, t.Bucket(bucketLabels).Delete(labelKey(id, l.Name)), t.Bucket(bucketLabelled).Delete(labelledKey(l.Name, id)))
	}
	return err
}

// Labels gives the decisions about an image's labels, by name.
func (s *Store) Labels(id uint64) (list []Label, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		if tx.Bucket(bucketImages).Get(idKey(id)) == nil {
			return ErrNotFound
		}
		list, err = labelsOf(tx, id)
		return err
	})
	return list, wrap(fmt.Sprintf("labels of image %d", id), err)
}

// labelsOf gives the decisions about an image's labels, by name.
func labelsOf(tx *bolt.Tx, id uint64) (list []Label, err error) {
	b := tx.Bucket(bucketLabels)
	if b == nil { // an older folder, opened for reading only
		return nil, nil
	}
	prefix := idKey(id)
	c := b.Cursor()
	for k, v := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, v = c.Next() {
		l, err := decodeLabel(k, v)
		if err != nil {
			return nil, err
		}
		list = append(list, l)
	}
	return list, nil
}

// namesOf gives the labels that an image has, by name.
func namesOf(tx *bolt.Tx, id uint64) (names []string, err error) {
	labels, err := labelsOf(tx, id)
	for _, l := range labels {
		if l.Decision.has() {
			names = append(names, l.Name)
		}
	}
	return names, err
}

// countPrefix counts the keys with a prefix.
func countPrefix(b *bolt.Bucket, prefix []byte) (n int) {
	c := b.Cursor()
	for k, _ := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, _ = c.Next() {
		n++
	}
	return n
}
