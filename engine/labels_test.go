package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestLabels(t *testing.T) {
	e := searched(t, 4)
	n, err := e.SetLabels(t.Context(), LabelChange{ID: 1, Label: " cafe\u0301 ", Decision: Given}, LabelChange{ID: 2, Label: "café", Decision: Accepted},
		LabelChange{ID: 2, Label: "tree", Decision: Given}, LabelChange{ID: 3, Label: "café", Decision: Rejected})
	if n != 4 || err != nil {
		t.Fatalf("%d changed, %v", n, err)
	}
	all, err := e.ListLabels()
	if diff := cmp.Diff([]LabelCount{{"café", 2}, {"tree", 1}}, all); diff != "" || err != nil {
		t.Errorf("labels (-want +got): %s, %v", diff, err)
	}
	m, err := e.Get(2)
	if diff := cmp.Diff([]string{"café", "tree"}, m.Labels); diff != "" || err != nil {
		t.Errorf("labels of image 2 (-want +got): %s, %v", diff, err)
	}
	decisions, err := e.Labels(3)
	if diff := cmp.Diff([]Label{{Name: "café", Decision: Rejected}}, decisions, cmpopts.IgnoreFields(Label{}, "At")); diff != "" || err != nil {
		t.Errorf("labels of image 3 (-want +got): %s, %v", diff, err)
	}
	for _, tt := range []struct {
		before, next uint64
		ids          []uint64
	}{{0, 2, []uint64{2}}, {2, 0, []uint64{1}}, {1, 0, nil}} {
		images, next, total, err := e.ListIn(Filter{Label: "cafe\u0301"}, tt.before, 1)
		if diff := cmp.Diff(tt.ids, numbersOf(images)); diff != "" || next != tt.next || total != 2 || err != nil {
			t.Errorf("before %d: next %d, %v (-want +got): %s", tt.before, next, err, diff)
		}
	}
	sound(t, e)
}

func numbersOf(images []Image) (ids []uint64) {
	for _, m := range images {
		ids = append(ids, m.ID)
	}
	return ids
}

func TestLabelErrors(t *testing.T) {
	e := searched(t, 1)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, tt := range []struct {
		ctx    context.Context
		change LabelChange
		want   error
	}{
		{t.Context(), LabelChange{ID: 9, Label: "x", Decision: Given}, ErrNotFound},
		{t.Context(), LabelChange{ID: 1, Label: "  ", Decision: Given}, ErrLabel},
		{t.Context(), LabelChange{ID: 1, Label: "x", Decision: "odd"}, ErrLabel},
		{ended, LabelChange{ID: 1, Label: "x", Decision: Given}, context.Canceled},
	} {
		if n, err := e.SetLabels(tt.ctx, tt.change); !errors.Is(err, tt.want) || n != 0 {
			t.Errorf("%+v: %d changed, %v", tt.change, n, err)
		}
	}
}

// TestLabelCache: whoever was told that a label is stored finds it, however many others write and read.
func TestLabelCache(t *testing.T) {
	e := searched(t, 4)
	var writers sync.WaitGroup
	for id := range uint64(4) {
		writers.Go(func() {
			for i := range 20 {
				label := fmt.Sprint("label ", i)
				if _, err := e.SetLabels(t.Context(), LabelChange{ID: id + 1, Label: label, Decision: Given}); err != nil {
					t.Error(err)
					return
				}
				known, _, err := e.labels.now(e.readLabelled)
				if err != nil || len(known.of[id+1]) != i+1 {
					t.Errorf("image %d: %d labels are known, %d stored, %v", id+1, len(known.of[id+1]), i+1, err)
				}
			}
		})
	}
	writers.Wait()
	_, before, _ := e.labels.now(e.readLabelled)
	if _, after, err := e.labels.now(e.readLabelled); after != before || err != nil {
		t.Errorf("labels are read again without a change: %d, %d, %v", before, after, err)
	}
}
