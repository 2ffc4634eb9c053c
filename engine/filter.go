package engine

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"lookalike/index"
)

// Filter says which images a search or a list is among: those that fit every field that is set, and of whose files one
// fits Folder, After, Before, MinBytes and MaxBytes. The zero Filter fits all.
type Filter struct {
	Folder               string    // absolute: of imported files, also in folders below
	After, Before        time.Time // from, and before which, a file was last changed; an upload counts as changed when it was added
	Formats              []string  // "jpeg", "png", ...
	MinWidth, MaxWidth   int       // pixels, upright
	MinHeight, MaxHeight int
	MinBytes, MaxBytes   int64
	Label                string // that the image has
}

// IsZero reports whether the filter fits all.
func (f Filter) IsZero() bool { return f.key() == Filter{}.key() }

// key is another one for another filter.
func (f Filter) key() string {
	formats := slices.Sorted(slices.Values(f.Formats))
	return fmt.Sprintf("%q %q %d %d %q %d %d %d %d %d %d", f.Label, f.Folder, unix(f.After, 0), unix(f.Before, 0), formats,
		f.MinWidth, f.MaxWidth, f.MinHeight, f.MaxHeight, f.MinBytes, f.MaxBytes)
}

// unix is a time in milliseconds since 1970, or what stands for none.
func unix(t time.Time, otherwise int64) int64 {
	if t.IsZero() {
		return otherwise
	}
	return t.UnixMilli()
}

// span is what lies from low to high, both included; high 0 is without end.
type span struct{ low, high int64 }

func (s span) holds(n int64) bool { return n >= s.low && (s.high == 0 || n <= s.high) }

// matcher is a filter made ready for the attributes.
type matcher struct {
	ofFile        bool   // anything is asked of files
	anyFolder     bool   // else one of
	folders       []bool // by its number in attributes
	time          span
	bytes         span
	anyFormat     bool // else one of
	formats       [256]bool
	width, height span
}

// matcher reads a filter. The caller holds the lock of a.
func (a *attributes) matcher(f Filter) *matcher {
	m := &matcher{
		anyFolder: f.Folder == "", anyFormat: len(f.Formats) == 0,
		time: span{unix(f.After, -1<<62), unix(f.Before, 1<<62) - 1}, bytes: span{f.MinBytes, f.MaxBytes},
		width: span{int64(f.MinWidth), int64(f.MaxWidth)}, height: span{int64(f.MinHeight), int64(f.MaxHeight)},
	}
	m.ofFile = !m.anyFolder || !f.After.IsZero() || !f.Before.IsZero() || f.MinBytes > 0 || f.MaxBytes > 0
	below := strings.TrimSuffix(filepath.Clean(f.Folder), "/") + "/"
	for _, name := range a.folders.names {
		m.folders = append(m.folders, name != "" && strings.HasPrefix(name+"/", below)) // uploads are in none, not even in /
	}
	for i, name := range a.formats.names {
		m.formats[i] = slices.Contains(f.Formats, name)
	}
	return m
}

// fits reports whether an image does. The caller holds the lock of a.
func (m *matcher) fits(a *attributes, id uint64) bool {
	r := a.row(id)
	if r == nil || !m.anyFormat && !m.formats[r.format] || !m.width.holds(int64(r.width)) || !m.height.holds(int64(r.height)) {
		return false
	}
	if !m.ofFile || m.fitsFile(r.first) {
		return true
	}
	return r.more && slices.ContainsFunc(a.more[id], m.fitsFile)
}

func (m *matcher) fitsFile(p place) bool {
	return (m.anyFolder || m.folders[p.folder]) && m.time.holds(p.changed) && m.bytes.holds(p.bytes)
}

// check refuses what no filter can mean.
func (f Filter) check() error {
	if f.Folder != "" && !filepath.IsAbs(f.Folder) {
		return fmt.Errorf("%w: the folder %q is not absolute", ErrQuery, f.Folder)
	}
	for _, n := range []int64{int64(f.MinWidth), int64(f.MaxWidth), int64(f.MinHeight), int64(f.MaxHeight), f.MinBytes, f.MaxBytes} {
		if n < 0 {
			return fmt.Errorf("%w: the filter has %d, which is under 0", ErrQuery, n)
		}
	}
	return nil
}

// maxPrepared is how many filters are kept ready: a person's, going through pages of results, or a service's few.
const maxPrepared = 16

// prepared is a filter that the index has made ready, for the attributes after so many changes.
type prepared struct {
	key     string
	changes uint64
	filter  *index.Filter
}

// predicate is a filter made ready: keep asks the attributes, whose lock the caller holds, and key is another one after
// every change of what keep asks that the attributes do not count.
func (e *Engine) predicate(f Filter) (keep func(id uint64) bool, key string, err error) {
	a, key := &e.attributes, f.key()
	m := a.matcher(f)
	if f.Label == "" {
		return func(id uint64) bool { return m.fits(a, id) }, key, nil
	}
	l, version, err := e.labels.now(e.readLabelled)
	if err != nil {
		return nil, "", err
	}
	label := int32(slices.Index(l.names, CleanLabel(f.Label)))
	keep = func(id uint64) bool { return slices.Contains(l.of[id], label) && m.fits(a, id) }
	return keep, fmt.Sprint(key, version), nil
}

// among runs a search of the index with what a filter keeps, made ready when it has not been or something changed since.
func (e *Engine) among(f Filter, search func(x neighbours, f *index.Filter) error) error {
	a := &e.attributes
	if err := errors.Join(f.check(), a.load(e.records)); err != nil {
		return err
	}
	a.mu.RLock()
	defer a.mu.RUnlock()
	keep, key, err := e.predicate(f)
	if err != nil {
		return err
	}
	x := e.now().index
	key = fmt.Sprintf("%s %p", key, x)
	ready := a.ready(key)
	if ready == nil {
		ready = x.Filter(keep)
		a.keep(prepared{key, a.changes, ready})
	}
	return search(x, ready)
}

// ListIn gives images like List, only those that a filter keeps, and how many those are in all.
func (e *Engine) ListIn(f Filter, before uint64, limit int) (images []Image, next uint64, total int, err error) {
	if limit <= 0 {
		return nil, 0, 0, fmt.Errorf("list: %w: limit %d is not positive", ErrQuery, limit)
	}
	ids, total, err := e.idsIn(f, before, limit+1)
	if err != nil {
		return nil, 0, 0, err
	}
	if len(ids) > limit {
		ids, next = ids[:limit], ids[limit-1]
	}
	for _, id := range ids {
		m, err := e.records.Image(id)
		if errors.Is(err, ErrNotFound) {
			continue // deleted meanwhile
		}
		if err != nil {
			return nil, 0, 0, err
		}
		images = append(images, m)
	}
	return images, next, total, nil
}

// idsIn gives the first numbers below before, 0 for all, of what a filter keeps, descending, and counts all it keeps.
func (e *Engine) idsIn(f Filter, before uint64, limit int) (ids []uint64, total int, err error) {
	a := &e.attributes
	if err := errors.Join(f.check(), a.load(e.records)); err != nil {
		return nil, 0, err
	}
	a.mu.RLock()
	defer a.mu.RUnlock()
	keep, _, err := e.predicate(f)
	if err != nil {
		return nil, 0, err
	}
	for id := uint64(len(a.pages)) * pageRows; id > 0; {
		if id--; !keep(id) {
			continue
		}
		if total++; len(ids) < limit && (before == 0 || id < before) {
			ids = append(ids, id)
		}
	}
	return ids, total, nil
}

// ready finds a prepared filter that is still right.
func (a *attributes) ready(key string) *index.Filter {
	a.preparing.Lock()
	defer a.preparing.Unlock()
	for _, p := range a.prepared {
		if p.key == key && p.changes == a.changes {
			return p.filter
		}
	}
	return nil
}

// keep remembers a prepared filter and forgets the oldest.
func (a *attributes) keep(p prepared) {
	a.preparing.Lock()
	defer a.preparing.Unlock()
	a.prepared = slices.DeleteFunc(a.prepared, func(o prepared) bool { return o.key == p.key || o.changes != p.changes })
	if len(a.prepared) == maxPrepared {
		a.prepared = slices.Delete(a.prepared, 0, 1)
	}
	a.prepared = append(a.prepared, p)
}
