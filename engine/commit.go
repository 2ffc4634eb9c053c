package engine

import (
	"sync"

	"lookalike/store"
)

// groupSize is how many pictures one transaction takes at most. An fsync costs about a millisecond, a picture in a
// group of 32 a thirtieth of that.
const groupSize = 32

// queue has what is ready to be stored, from all who add at the same time. One of them stores for everybody, while the
// others wait for their turn and then find that theirs is done.
//
//	Add, AddBatch, ... -> ready -> whose turn it is: up to 32 in one transaction
type queue struct {
	turn  sync.Mutex // taken before mu
	mu    sync.Mutex
	ready []*intake
}

// join adds to what is ready.
func (q *queue) join(group []*intake) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ready = append(q.ready, group...)
}

// next takes what one transaction is to store.
func (q *queue) next() []*intake {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := min(groupSize, len(q.ready))
	group := q.ready[:n:n]
	q.ready = q.ready[n:]
	return group
}

// commit returns when a group is stored and searches find it.
func (e *Engine) commit(group []*intake) {
	e.queue.join(group)
	e.queue.turn.Lock()
	defer e.queue.turn.Unlock()
	for last := group[len(group)-1]; !last.settled; {
		e.commitGroup(e.queue.next())
	}
}

// commitGroup stores a group in one transaction and lets the index follow. If the store refuses the group, each picture
// is tried alone, so that one which cannot be stored does not take the others with it.
func (e *Engine) commitGroup(group []*intake) {
	entries := make([]store.Entry, len(group))
	for i, in := range group {
		entries[i] = in.entry
	}
	added, err := e.store(entries)
	switch {
	case err == nil:
		for i, in := range group {
			in.settle(added[i].ID, added[i].Already, nil)
		}
	case len(group) == 1:
		group[0].settle(0, false, err)
	default:
		for i := range group {
			e.commitGroup(group[i : i+1])
		}
	}
}

func (e *Engine) store(entries []store.Entry) (added []store.Added, err error) {
	err = e.write(func() error {
		added, err = e.records.Add(entries...)
		return err
	})
	if err == nil {
		e.noteAdded(added...)
	}
	return added, err
}
