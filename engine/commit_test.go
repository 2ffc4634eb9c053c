package engine

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"lookalike/store"
)

// countingRecords counts the transactions that add.
type countingRecords struct {
	records
	adds atomic.Int32
}

func (r *countingRecords) Add(entries ...store.Entry) ([]store.Added, error) {
	r.adds.Add(1)
	return r.records.Add(entries...)
}

// Pictures that are added one by one at the same time share a transaction: what
// became ready while one was written goes into the next.
func TestAddsShareTransactions(t *testing.T) {
	const images = 20
	e := openAt(t, t.TempDir(), unhurried)
	counting := &countingRecords{records: e.records}
	e.records = counting
	e.queue.turn.Lock() // as one who is storing
	var adding sync.WaitGroup
	for i := range images {
		adding.Go(func() {
			if r := add(t, e, upload(uint64(i))); r.Already {
				t.Errorf("picture %d was there already", i)
			}
		})
	}
	ready := func() int {
		e.queue.mu.Lock()
		defer e.queue.mu.Unlock()
		return len(e.queue.ready)
	}
	for ready() < images {
		runtime.Gosched()
	}
	e.queue.turn.Unlock()
	adding.Wait()
	if got := counting.adds.Load(); got != 1 {
		t.Errorf("%d pictures took %d transactions, want 1", images, got)
	}
	if searched := e.now().index.Len(); searched != images {
		t.Errorf("%d of %d are searched", searched, images)
	}
	sound(t, e)
}
