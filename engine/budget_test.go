package engine

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
)

func TestBudget(t *testing.T) {
	b := newBudget(10)
	release, err := b.take(t.Context(), 1000) // larger than all of it: alone, not never
	if err != nil {
		t.Fatal(err)
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.take(canceled, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("a full budget gave: %v", err)
	}
	release()
	for range 3 {
		release, err := b.take(t.Context(), 10)
		if err != nil {
			t.Fatal(err)
		}
		release()
	}
}

func TestClaimsAreExclusive(t *testing.T) {
	var c claims
	var holders [4]atomic.Int32
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			key := [32]byte{byte(i % len(holders))}
			giveBack, err := c.take(t.Context(), key)
			if err != nil {
				t.Error(err)
				return
			}
			if n := holders[key[0]].Add(1); n != 1 {
				t.Errorf("%d hold key %d", n, key[0])
			}
			holders[key[0]].Add(-1)
			giveBack()
		})
	}
	wg.Wait()
	if len(c.held) != 0 {
		t.Errorf("%d keys are still held", len(c.held))
	}
}

func TestClaimGivesUpWithItsContext(t *testing.T) {
	var c claims
	giveBack, err := c.take(t.Context(), [32]byte{1})
	if err != nil {
		t.Fatal(err)
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.take(canceled, [32]byte{1}); !errors.Is(err, context.Canceled) {
		t.Errorf("held: %v", err)
	}
	giveBack()
	if giveBack, err := c.take(canceled, [32]byte{1}); err != nil {
		t.Errorf("free: %v", err)
	} else {
		giveBack()
	}
}
