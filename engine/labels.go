package engine

import (
	"cmp"
	"context"
	"slices"
	"strings"

	unicodenorm "golang.org/x/text/unicode/norm"

	"lookalike/store"
)

// Label is a label that an image has, or that was rejected for it.
type Label = store.Label

// LabelChange is one decision about a label of an image.
type LabelChange = store.LabelChange

// Decision says how a label came to an image, or that it never should again.
type Decision = store.Decision

// Decisions, as in package store.
const (
	None     = store.None
	Given    = store.Given
	Accepted = store.Accepted
	Rejected = store.Rejected
)

// MaxLabel is how many bytes a label may have.
const MaxLabel = store.MaxLabel

// CleanLabel gives a label the one form that it is stored in: without white space around it, and in Unicode's NFC, so that
// an é typed on one machine is the é of another.
func CleanLabel(name string) string { return unicodenorm.NFC.String(strings.TrimSpace(name)) }

// SetLabels stores decisions about labels, all of them or none, on disk when it returns, and gives how many of them
// changed anything. ErrNotFound when an image does not exist, ErrLabel when something cannot be a label.
func (e *Engine) SetLabels(ctx context.Context, changes ...LabelChange) (changed int, err error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	changes = slices.Clone(changes)
	for i := range changes {
		changes[i].Label = CleanLabel(changes[i].Label)
	}
	changed, err = e.records.SetLabels(changes...)
	if changed > 0 {
		e.labels.change()
	}
	return changed, err
}

// Labels gives the decisions about an image's labels, by name.
func (e *Engine) Labels(id uint64) ([]Label, error) { return e.records.Labels(id) }

// LabelCount is a label and how many images have it.
type LabelCount struct {
	Label  string
	Images int
}

// ListLabels gives all labels, those of the most images first.
func (e *Engine) ListLabels() ([]LabelCount, error) {
	var all []LabelCount
	err := e.records.EachLabelled(func(label string, _ uint64) error {
		if n := len(all); n == 0 || all[n-1].Label != label { // equal ones come in a row
			all = append(all, LabelCount{Label: label})
		}
		all[len(all)-1].Images++
		return nil
	})
	slices.SortStableFunc(all, func(a, b LabelCount) int { return cmp.Compare(b.Images, a.Images) })
	return all, err
}
