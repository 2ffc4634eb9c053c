package engine

import "sync"

// labelled is who has which labels, at one moment. Ids are never used again, so one of a deleted image does no harm.
type labelled struct {
	names []string           // in the order of the store
	of    map[uint64][]int32 // image -> its labels, as positions in names
}

// has reports whether an image has any label.
func (l *labelled) has(id uint64) bool { return len(l.of[id]) > 0 }

// labelCache keeps the labels in memory, because a search among the labelled asks for each node whether it is one. It reads
// them from the store when they have changed since.
type labelCache struct {
	mu      sync.Mutex
	changes uint64 // made so far
	at      uint64 // changes when kept was read
	kept    *labelled
}

// change says that the store has other labels now. Called after the store has them: a reading that began before is
// outdated at once.
func (c *labelCache) change() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changes++
}

// now gives the labels with every change that was acknowledged, and a number that is another one for other labels.
func (c *labelCache) now(read func() (*labelled, error)) (*labelled, uint64, error) {
	c.mu.Lock()
	kept, at, changes := c.kept, c.at, c.changes
	c.mu.Unlock()
	if kept != nil && at == changes {
		return kept, at, nil
	}
	fresh, err := read()
	if err != nil {
		return nil, 0, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kept, c.at = fresh, changes
	return fresh, changes, nil
}

// readLabelled reads all labels from the store.
func (e *Engine) readLabelled() (*labelled, error) {
	l := &labelled{of: map[uint64][]int32{}}
	err := e.records.EachLabelled(func(label string, id uint64) error {
		if n := len(l.names); n == 0 || l.names[n-1] != label {
			l.names = append(l.names, label)
		}
		l.of[id] = append(l.of[id], int32(len(l.names)-1))
		return nil
	})
	return l, err
}
