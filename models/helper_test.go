package models

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"lookalike/encoder"
	"lookalike/models/hubtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const tinyID = "facebook/tiny-vit"

// tiny is the encoder's test model, as a repository has it.
func tiny(t testing.TB) map[string][]byte {
	t.Helper()
	files := map[string][]byte{"README.md": []byte("# tiny")}
	for _, name := range []string{configFile, weightsFile} {
		files[name] = read(t, filepath.Join("..", "encoder", "testdata", "tiny", name))
	}
	files[preprocessFile] = read(t, filepath.Join("..", "encoder", "starter", preprocessFile))
	return files
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// write makes a file and its folder.
func write(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// opens is the Probe of these tests: the encoder itself.
func opens(path string) (Facts, error) {
	e, err := encoder.Open(path, encoder.WithWorkers(1))
	if err != nil {
		return Facts{}, err
	}
	m := e.Model()
	return Facts{m.Dim, m.Fingerprint}, e.Close()
}

// anything is a Probe that opens everything.
func anything(string) (Facts, error) { return Facts{Dim: 1}, nil }

// notes keeps what a Progress is told.
type notes struct {
	mu    sync.Mutex
	texts []string
	bars  []int64 // where each began
	bytes int64
}

func (n *notes) Begin(_ string, done, _ int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.bars = append(n.bars, done)
}
func (n *notes) Add(k int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.bytes += int64(k)
}
func (n *notes) End() {}
func (n *notes) Note(text string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.texts = append(n.texts, text)
}

// site is a hub with the tiny model, and a data folder beside it.
type site struct {
	*hubtest.Hub
	client *Hub
	folder Folder
	notes  *notes
	files  map[string][]byte
	commit string
}

// newSite waits milliseconds where users wait seconds.
func newSite(t testing.TB) *site {
	t.Helper()
	s := &site{Hub: hubtest.New(t), folder: Folder{filepath.Join(t.TempDir(), "data", "models")}, notes: &notes{}, files: tiny(t)}
	s.commit = s.Add(tinyID, s.files)
	s.client = &Hub{Endpoint: s.URL, Cache: filepath.Join(t.TempDir(), "hub"), Progress: s.notes, silence: 2 * time.Second,
		patience: patience{tries: 4, first: time.Millisecond, longest: 4 * time.Millisecond, asked: 2 * time.Second}}
	return s
}

func (s *site) pull(ctx context.Context, probe Probe) (Manifest, bool, error) {
	return s.folder.Pull(ctx, s.client, Request{Source: tinyID}, probe)
}

// wantInstalled fails unless the model is there, byte for byte, and nothing half-made beside it.
func (s *site) wantInstalled(t testing.TB, m Manifest) {
	t.Helper()
	dir := filepath.Join(s.folder.Dir, m.Name)
	for _, f := range m.Files {
		if got := hubtest.SHA256(read(t, filepath.Join(dir, f.Name))); got != hubtest.SHA256(s.files[f.Name]) || got != f.SHA256 {
			t.Errorf("%s has SHA-256 %s, recorded %s", f.Name, got, f.SHA256)
		}
	}
	if err := s.folder.Verify(t.Context(), m); err != nil {
		t.Error(err)
	}
	s.wantTidy(t)
}

// wantTidy fails when something unfinished is seen under a final name, or left over.
func (s *site) wantTidy(t testing.TB) {
	t.Helper()
	if temps, _ := filepath.Glob(filepath.Join(s.folder.Dir, tempPattern)); len(temps) > 0 {
		t.Errorf("left over: %v", temps)
	}
	if list, err := s.folder.List(); err != nil {
		t.Errorf("list %v: %v", list, err)
	}
	blobs, _ := filepath.Glob(filepath.Join(s.client.Cache, "*", "blobs", "*"))
	for _, b := range blobs {
		if d := digest(filepath.Base(b)); filepath.Ext(b) == "" && d.check(b) != nil {
			t.Errorf("blob %s has other bytes", b)
		}
	}
}

func names(m Manifest) (list []string) {
	for _, f := range m.Files {
		list = append(list, f.Name)
	}
	return list
}

func with(files map[string][]byte, name string, data []byte) map[string][]byte {
	out := maps.Clone(files)
	if out[name] = data; data == nil {
		delete(out, name)
	}
	return out
}

func countFrom(list []hubtest.Request, from string) int {
	return len(slices.DeleteFunc(slices.Clone(list), func(r hubtest.Request) bool { return r.Range != from }))
}
