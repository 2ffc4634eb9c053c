package engine

import (
	"errors"
	"path/filepath"
	"sync"

	"lookalike/store"
)

// attributes keep in memory what filters ask of each image: 40 bytes, and 24 for each further file. They are read from
// the store when the first filter is used, and from then on follow every change.
//
//	pages  | rows of images 0-1023 | nil | rows of 2048-3071 | ...     folders and formats are numbers of names
//	more   id -> places of the second file and on
type attributes struct {
	mu      sync.RWMutex
	loaded  bool
	changes uint64 // made so far
	pages   []*[pageRows]row
	more    map[uint64][]place
	folders names
	formats names

	preparing sync.Mutex
	prepared  []prepared // filters, made ready by the index; the newest last
}

// pageRows is how many images share a page; ids are given in order and never again, so pages fill up.
const pageRows = 1024

// row is one image. width is 0 where there is none.
type row struct {
	first         place
	width, height uint32
	format        uint8
	more          bool // has further files
}

// place is what filters ask of a file.
type place struct {
	changed int64 // milliseconds since 1970
	bytes   int64
	folder  uint32 // 0 for an upload
}

// names gives each of few texts a number.
type names struct {
	names []string
	of    map[string]int
}

func (n *names) number(name string) int {
	no, ok := n.of[name]
	if !ok {
		no = len(n.names)
		n.names, n.of[name] = append(n.names, name), no
	}
	return no
}

// load reads all images, once.
func (a *attributes) load(r records) error {
	a.mu.RLock()
	loaded := a.loaded
	a.mu.RUnlock()
	if loaded {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.loaded {
		return nil
	}
	a.pages, a.more = nil, map[uint64][]place{}
	a.folders, a.formats = names{of: map[string]int{}}, names{of: map[string]int{}}
	a.folders.number("") // of uploads
	err := r.EachImage(func(m store.Image) error { a.set(m); return nil })
	a.loaded = err == nil
	return err
}

// refresh reads images again that a transaction may have changed. Whoever loads meanwhile is waited for, so that
// nothing is missed between the two.
func (a *attributes) refresh(r records, ids ...uint64) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.loaded {
		return nil
	}
	a.changes++
	for _, id := range ids {
		m, err := r.Image(id)
		switch {
		case errors.Is(err, store.ErrNotFound):
			a.drop(id)
		case err != nil:
			a.loaded = false // to be read anew
			return err
		default:
			a.set(m)
		}
	}
	return nil
}

// row returns an image's row, nil where there is none.
func (a *attributes) row(id uint64) *row {
	page := id / pageRows
	if page >= uint64(len(a.pages)) || a.pages[page] == nil {
		return nil
	}
	if r := &a.pages[page][id%pageRows]; r.width > 0 {
		return r
	}
	return nil
}

func (a *attributes) set(m store.Image) {
	page := int(m.ID / pageRows)
	for page >= len(a.pages) {
		a.pages = append(a.pages, nil)
	}
	if a.pages[page] == nil {
		a.pages[page] = new([pageRows]row)
	}
	places := make([]place, len(m.Files))
	for i, f := range m.Files {
		places[i] = place{changed: f.ModTime.UnixMilli(), bytes: f.Size}
		if f.Uploaded {
			places[i].changed = f.Added.UnixMilli()
		} else {
			places[i].folder = uint32(a.folders.number(filepath.Dir(f.Path)))
		}
	}
	a.pages[page][m.ID%pageRows] = row{
		first: places[0], width: uint32(m.Width), height: uint32(m.Height), format: uint8(a.formats.number(m.Format)), more: len(places) > 1,
	}
	if delete(a.more, m.ID); len(places) > 1 {
		a.more[m.ID] = places[1:]
	}
}

func (a *attributes) drop(id uint64) {
	if r := a.row(id); r != nil {
		*r = row{}
		delete(a.more, id)
	}
}
