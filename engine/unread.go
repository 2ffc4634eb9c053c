package engine

import (
	"errors"
	"maps"
	"slices"
	"sync"

	"lookalike/store"
)

// unread gathers images whose vectors cannot be read, from several goroutines.
type unread struct {
	mu  sync.Mutex
	why map[uint64]error
}

// note takes an image down, however often it comes up.
func (u *unread) note(id uint64, err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.why == nil {
		u.why = map[uint64]error{}
	}
	u.why[id] = err
}

// tellUnread tells of what was gathered, by number.
func (e *Engine) tellUnread(u *unread, tell func(Unread) error) error {
	for _, id := range slices.Sorted(maps.Keys(u.why)) {
		m, err := e.records.Image(id)
		if errors.Is(err, store.ErrNotFound) {
			continue // deleted meanwhile
		}
		if err != nil {
			return err
		}
		e.log.Warn("an image was compared with no other, since its vector cannot be read", "image", id, "error", u.why[id])
		if err := tell(Unread{m, u.why[id]}); err != nil {
			return err
		}
	}
	return nil
}
