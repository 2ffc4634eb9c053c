package store

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// world is what a store should hold, in the simplest form there is: everything is found by looking at all of it.
type world struct {
	images    map[uint64]Image
	labels    map[uint64]map[string]Decision
	content   map[uint64]int // by image
	originals map[[32]byte]bool
	fresh     map[[32]byte]bool // put without a record: kept until the folder is opened again
	lastID    uint64
	log       []Change // all of it
	graph     Graph    // header and watermark
	chunks    map[uint32]string
	clock     time.Time
}

func (w *world) find(match func(Image) bool) uint64 {
	for id, m := range w.images {
		if match(m) {
			return id
		}
	}
	return 0
}

func (w *world) add(content int, f File) Added {
	a := Added{Already: true}
	a.ID = w.find(func(m Image) bool {
		return slices.ContainsFunc(m.Files, func(g File) bool { return g.SHA256 == f.SHA256 })
	})
	if a.ID == 0 {
		a.ID = w.find(func(m Image) bool { return m.PixelHash == digest("pixels", content) })
	}
	before := len(w.log)
	if a.ID == 0 {
		w.lastID++
		a.ID, a.Already = w.lastID, false
		w.images[a.ID], w.content[a.ID] = entryOf(content).Image, content
		w.change(Change{ID: a.ID})
	}
	a.Removed = w.attach(a.ID, f)
	if len(w.log) > before {
		a.Seq = uint64(len(w.log))
	}
	return a
}

func (w *world) change(c Change) {
	c.Seq = uint64(len(w.log) + 1)
	w.log = append(w.log, c)
}

func (w *world) attach(id uint64, f File) (removed []uint64) {
	isOld := func(g File) bool {
		return g.Path == f.Path && g.Uploaded == f.Uploaded && (!f.Uploaded || g.SHA256 == f.SHA256)
	}
	from := w.find(func(m Image) bool { return slices.ContainsFunc(m.Files, isOld) })
	if from != 0 {
		m := w.images[from]
		old := m.Files[slices.IndexFunc(m.Files, isOld)]
		if from == id && old.SHA256 == f.SHA256 {
			f.Added = old.Added
		}
		m.Files = slices.DeleteFunc(slices.Clone(m.Files), isOld)
		w.images[from] = m
	}
	m := w.images[id]
	m.ID, m.Files = id, append(m.Files, f)
	if m.Added.IsZero() {
		m.Added = f.Added
	}
	slices.SortStableFunc(m.Files, func(a, b File) int {
		return cmp.Or(a.Added.Compare(b.Added), bytes.Compare(fileKey(id, a), fileKey(id, b)))
	})
	w.images[id] = m
	if from != 0 && len(w.images[from].Files) == 0 {
		w.remove(from)
		removed = []uint64{from}
	}
	return removed
}

func (w *world) remove(id uint64) bool {
	if _, ok := w.images[id]; !ok {
		return false
	}
	delete(w.images, id)
	delete(w.labels, id)
	w.change(Change{ID: id, Delete: true, Vector: vectorOf(w.content[id])})
	return true
}

// settle says which originals there must be after a write.
func (w *world) settle() {
	used := map[[32]byte]bool{}
	for _, m := range w.images {
		for _, f := range m.Files {
			if f.Uploaded {
				used[f.SHA256] = true
			}
		}
	}
	w.originals = used
	maps.Copy(w.originals, w.fresh)
}

// machine runs the same steps on a store and on the world.
type machine struct {
	world
	s     *Store
	dir   string
	moves int
}

// content and file draw from so few that copies, moves and re-uploads are frequent.
func (m *machine) file(t *rapid.T) (int, File) {
	content, variant := rapid.IntRange(1, 4).Draw(t, "content"), rapid.IntRange(0, 1).Draw(t, "variant")
	name := rapid.SampledFrom([]string{"/a", "/b", "/c", "/caf\xe9", "/d/e"}).Draw(t, "path")
	f := pathFile(name, content, variant)
	f.Uploaded = rapid.Bool().Draw(t, "uploaded")
	m.clock = m.clock.Add(time.Second)
	f.Added = m.clock
	return content, f
}

func (m *machine) Add(t *rapid.T) {
	var batch []Entry
	var want []Added
	for range rapid.IntRange(1, 3).Draw(t, "batch") {
		content, f := m.file(t)
		if f.Uploaded {
			variant := 0
			if f.SHA256 != pathFile("", content, 0).SHA256 {
				variant = 1
			}
			put(t, m.s, content, variant)
		}
		e := entryOf(content, f)
		e.Image.Added = f.Added
		batch = append(batch, e)
		want = append(want, m.add(content, f))
	}
	got, err := m.s.Add(batch...)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "added", got, want)
	m.settle()
}

func (m *machine) PutWithoutRecord(t *rapid.T) {
	content := rapid.IntRange(1, 4).Draw(t, "content")
	put(t, m.s, content, 0)
	m.fresh[pathFile("", content, 0).SHA256] = true
	m.settle()
}

func (m *machine) Delete(t *rapid.T) {
	ids := rapid.SliceOfN(rapid.Uint64Range(1, m.lastID+1), 0, 4).Draw(t, "ids")
	var want []uint64
	for _, id := range ids {
		if m.remove(id) {
			want = append(want, id)
		}
	}
	got, seq, err := m.s.Delete(ids...)
	if err != nil || (len(want) > 0) != (seq != 0) || (seq != 0 && seq != uint64(len(m.log))) {
		t.Fatalf("log number %d, %v", seq, err)
	}
	same(t, "deleted", got, want)
	m.settle()
}

// Label decides about labels of images, some of which do not exist: then nothing happens.
func (m *machine) Label(t *rapid.T) {
	var batch []LabelChange
	missing := false
	for range rapid.IntRange(1, 4).Draw(t, "decisions") {
		c := LabelChange{rapid.Uint64Range(1, m.lastID+1).Draw(t, "id"), rapid.SampledFrom([]string{"a", "ab", "b", "é"}).Draw(t, "label"),
			rapid.SampledFrom([]Decision{None, Given, Accepted, Rejected}).Draw(t, "decision")}
		_, there := m.images[c.ID]
		missing = missing || !there
		batch = append(batch, c)
	}
	if _, err := m.s.SetLabels(batch...); missing != errors.Is(err, ErrNotFound) || !missing && err != nil {
		t.Fatalf("missing is %v, %v", missing, err)
	}
	for _, c := range batch {
		if missing {
			break
		}
		if m.labels[c.ID] == nil {
			m.labels[c.ID] = map[string]Decision{}
		}
		m.labels[c.ID][c.Label] = c.Decision
		image := m.images[c.ID]
		image.Labels = nil
		for _, l := range slices.Sorted(maps.Keys(m.labels[c.ID])) {
			if m.labels[c.ID][l].has() {
				image.Labels = append(image.Labels, l)
			}
		}
		m.images[c.ID] = image
	}
}

func (m *machine) SaveGraph(t *rapid.T) {
	g := Graph{Header: []byte(rapid.StringN(1, 5, 5).Draw(t, "header")), Replace: rapid.Bool().Draw(t, "replace")}
	g.Watermark = rapid.Uint64Range(m.graph.Watermark, uint64(len(m.log))).Draw(t, "watermark")
	if g.Replace {
		clear(m.chunks)
	}
	g.Dropped = rapid.SliceOfN(rapid.Uint32Range(0, 3), 0, 2).Draw(t, "dropped")
	for _, no := range g.Dropped {
		delete(m.chunks, no)
	}
	for _, no := range rapid.SliceOfNDistinct(rapid.Uint32Range(0, 3), 0, 3, rapid.ID).Draw(t, "chunks") {
		data := rapid.StringN(0, 5, 5).Draw(t, "data")
		m.chunks[no] = data
		g.Chunks = append(g.Chunks, Chunk{no, []byte(data)})
	}
	if err := m.s.SaveGraph(g); err != nil {
		t.Fatal(err)
	}
	m.graph = g
}

func (m *machine) Reopen(t *rapid.T) {
	if err := m.s.Close(); err != nil {
		t.Fatal(err)
	}
	clear(m.fresh)
	m.settle()
	m.open(t)
}

func (m *machine) open(t *rapid.T) {
	var err error
	if m.s, err = Open(m.dir, Options{}); err != nil {
		t.Fatal(err)
	}
	m.s.db.Load().NoSync = true // thousands of fsyncs would say nothing here: TestCrash is about them
}

// MoveHouse goes on in a restored backup.
func (m *machine) MoveHouse(t *rapid.T) {
	var b bytes.Buffer
	m.moves++
	dir := filepath.Join(filepath.Dir(m.dir), fmt.Sprint("restored", m.moves))
	if err := errors.Join(m.s.Backup(&b), Restore(dir, &b)); err != nil {
		t.Fatal(err)
	}
	m.s.Close()
	m.dir = dir
	clear(m.fresh)
	m.settle()
	m.open(t)
}

// Check compares everything.
func (m *machine) Check(t *rapid.T) {
	if err := m.s.Check(); err != nil {
		t.Fatal(err)
	}
	got := map[uint64]Image{}
	list, err := m.s.List(0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, image := range list {
		got[image.ID] = image
		x, err := m.s.Vector(image.ID)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "vector", x, vectorOf(m.content[image.ID]))
	}
	same(t, "images", got, m.images)
	m.checkLabels(t)
	if !slices.IsSortedFunc(list, func(a, b Image) int { return cmp.Compare(b.ID, a.ID) }) {
		t.Error("the list is not newest first")
	}
	same(t, "log", changes(t, m.s, m.graph.Watermark), slices.Clip(append([]Change(nil), m.log[m.graph.Watermark:]...)))
	m.checkGraph(t)
	m.checkOriginals(t)
}

// checkLabels compares the way back, from labels to images.
func (m *machine) checkLabels(t *rapid.T) {
	got, want := map[string][]uint64{}, map[string][]uint64{}
	err := m.s.EachLabelled(func(label string, id uint64) error {
		got[label] = append(got[label], id)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range slices.Sorted(maps.Keys(m.images)) {
		for _, l := range m.images[id].Labels {
			want[l] = append(want[l], id)
		}
	}
	same(t, "labelled", got, want)
}

func (m *machine) checkGraph(t *rapid.T) {
	header, watermark, err := m.s.LoadGraph()
	if err != nil || watermark != m.graph.Watermark || !bytes.Equal(header, m.graph.Header) {
		t.Errorf("graph %q at %d, %v, want %q at %d", header, watermark, err, m.graph.Header, m.graph.Watermark)
	}
	got := map[uint32]string{}
	for no := range uint32(4) {
		if data, err := m.s.GraphChunk(no); err == nil {
			got[no] = string(data)
		}
	}
	same(t, "chunks", got, m.chunks)
}

func (m *machine) checkOriginals(t *rapid.T) {
	got := map[[32]byte]bool{}
	paths, err := filepath.Glob(filepath.Join(m.dir, originalsName, "*", "*"))
	for _, path := range paths {
		name, _ := filepath.Rel(filepath.Join(m.dir, originalsName), path)
		sha, _ := parseOriginal(filepath.ToSlash(name))
		got[sha] = true
	}
	if err != nil {
		t.Fatal(err)
	}
	same(t, "originals", got, m.originals)
}

// TestHistory runs random histories against the world. The seed is printed when it fails; `-rapid.checks` makes it longer.
func TestHistory(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		root, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			rt.Fatal(err)
		}
		m := &machine{dir: filepath.Join(root, "data"), world: world{images: map[uint64]Image{}, labels: map[uint64]map[string]Decision{}, content: map[uint64]int{},
			originals: map[[32]byte]bool{}, fresh: map[[32]byte]bool{}, chunks: map[uint32]string{}, clock: testTime}}
		m.open(rt)
		defer func() {
			m.s.Close()
			os.RemoveAll(root)
		}()
		if err := m.s.SetModel(Spec{}, testModel, testDim); err != nil {
			rt.Fatal(err)
		}
		rt.Repeat(rapid.StateMachineActions(m))
	})
}
