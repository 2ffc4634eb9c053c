package engine

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"lookalike/encoder"
	"lookalike/store"
)

// logged opens an engine whose log is kept, and closes it again after use.
func logged(t *testing.T, dir string, use func(e *Engine)) string {
	t.Helper()
	var log bytes.Buffer
	e, err := Open(t.Context(), Config{Dir: dir, Encoder: starter(), Log: slog.New(slog.NewTextHandler(&log, nil)), Checkpoint: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	use(e)
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	return log.String()
}

// filled is a closed data folder with three uploads.
func filled(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	logged(t, dir, func(e *Engine) {
		for _, r := range e.AddBatch(t.Context(), []Source{upload(1), upload(2), upload(3)}) {
			if r.Err != nil {
				t.Fatal(r.Err)
			}
		}
	})
	return dir
}

// finds wants each upload found by itself and everything sound.
func finds(t *testing.T, e *Engine) {
	t.Helper()
	for seed := uint64(1); seed <= 3; seed++ {
		got, err := e.SearchImage(t.Context(), "q", madePNG(seed), Query{K: 1})
		if err != nil || len(got) != 1 || got[0].Image.Files[0].Path != upload(seed).Name {
			t.Errorf("picture %d: found %+v, %v", seed, got, err)
		}
	}
	sound(t, e)
}

func TestReopenLoadsTheGraph(t *testing.T) {
	log := logged(t, filled(t), func(e *Engine) { finds(t, e) })
	if log != "" {
		t.Errorf("nothing to say, but: %s", log)
	}
}

// TestDamagedGraphIsRebuilt damages what Close saved in every way that is not the vectors'.
func TestDamagedGraphIsRebuilt(t *testing.T) {
	for name, damage := range map[string]func(s *store.Store) error{
		"header": func(s *store.Store) error {
			return s.SaveGraph(store.Graph{Header: []byte("damaged"), Watermark: 3})
		},
		"chunk": func(s *store.Store) error {
			header, w, err := s.LoadGraph()
			return errors.Join(err, s.SaveGraph(store.Graph{Header: header, Watermark: w, Chunks: []store.Chunk{{No: 0, Data: []byte("damaged")}}}))
		},
		"no chunk": func(s *store.Store) error {
			header, w, err := s.LoadGraph()
			return errors.Join(err, s.SaveGraph(store.Graph{Header: header, Watermark: w, Dropped: []uint32{0}}))
		},
		"no graph at all, and no log": func(s *store.Store) error {
			return s.SaveGraph(store.Graph{Replace: true, Watermark: 3})
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filled(t)
			s, err := store.Open(dir, store.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(damage(s), s.Close()); err != nil {
				t.Fatal(err)
			}
			log := logged(t, dir, func(e *Engine) { finds(t, e) })
			if !strings.Contains(log, "rebuilding") || !strings.Contains(log, "images=3") {
				t.Errorf("the rebuild was not announced: %q", log)
			}
			if log := logged(t, dir, func(e *Engine) { finds(t, e) }); log != "" {
				t.Errorf("the rebuilt graph was not saved: %s", log)
			}
		})
	}
}

func TestRebuildCanBeCancelled(t *testing.T) {
	dir := filled(t)
	s, err := store.Open(dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.SaveGraph(store.Graph{Header: []byte("damaged"), Watermark: 3}), s.Close()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	cfg := Config{Dir: dir, Encoder: starter(), Log: slog.New(slog.DiscardHandler)}
	if _, err := Open(ctx, cfg); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), dir) {
		t.Errorf("%v, want the context's error with the folder", err)
	}
	logged(t, dir, func(e *Engine) { finds(t, e) }) // and the folder was handed back
}

// otherModel is the starter under another fingerprint.
type otherModel struct{ *encoder.Encoder }

func (o otherModel) Model() encoder.Model {
	m := o.Encoder.Model()
	m.Name, m.Fingerprint = "other", strings.Repeat("ab", 32)
	return m
}

func TestModelIsPinned(t *testing.T) {
	dir := filled(t)
	open := func() (*Engine, error) {
		return Open(t.Context(), Config{Dir: dir, Encoder: otherModel{starter()}, Log: slog.New(slog.DiscardHandler)})
	}
	_, err := open()
	if !errors.Is(err, ErrModel) {
		t.Fatalf("another model: %v, want ErrModel", err)
	}
	for _, part := range []string{dir, "other", "abababababab", starter().Model().Fingerprint[:12], "another data folder"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("message does not say %q: %v", part, err)
		}
	}
	logged(t, dir, func(e *Engine) {
		if _, err := e.Delete(t.Context(), 1, 2, 3); err != nil {
			t.Fatal(err)
		}
	})
	e, err := open() // without images there is nothing to compare with
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if r := add(t, e, upload(1)); r.Already {
		t.Errorf("%+v", r)
	}
	sound(t, e)
}

func TestOpenTwice(t *testing.T) {
	dir := filled(t)
	logged(t, dir, func(*Engine) {
		_, err := Open(t.Context(), Config{Dir: dir, Encoder: starter()})
		if !errors.Is(err, store.ErrInUse) || !strings.Contains(err.Error(), "process") {
			t.Errorf("%v, want ErrInUse with the process", err)
		}
	})
}

func TestClosed(t *testing.T) {
	e := openAt(t, t.TempDir())
	add(t, e, upload(1))
	if err := errors.Join(e.Close(), e.Close()); err != nil {
		t.Fatal(err)
	}
	_, get := e.Get(1)
	_, addErr := e.Add(t.Context(), upload(2))
	_, search := e.SearchImage(t.Context(), "q", madePNG(1), Query{})
	_, del := e.Delete(t.Context(), 1)
	_, stats := e.Stats()
	for name, err := range map[string]error{"Get": get, "Add": addErr, "SearchImage": search, "Delete": del, "Stats": stats} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("%s: %v, want ErrClosed", name, err)
		}
	}
}

// TestCheckpointsByItself waits for the background to save what an add has changed.
func TestCheckpointsByItself(t *testing.T) {
	e := openAt(t, t.TempDir(), func(c *Config) { c.Checkpoint = time.Millisecond })
	add(t, e, upload(1))
	for {
		s, err := e.records.Stats()
		if err != nil {
			t.Fatal(err)
		}
		if s.Watermark == s.Seq {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

func TestStatsAndModel(t *testing.T) {
	e := searched(t, 3)
	twin := upload(3)
	twin.Name = "twin.png"
	add(t, e, twin)
	s, err := e.Stats()
	if err != nil {
		t.Fatal(err)
	}
	if s.Images != 3 || s.Files != 4 || s.Nodes != 3 || s.BytesStore == 0 || s.BytesOriginals == 0 || s.Kernel == "" || s.Precision != encoder.Float32 {
		t.Errorf("%+v", s)
	}
	if s.Model != e.Model() || !s.Model.Starter || s.Model.Dim != 192 {
		t.Errorf("model %+v", s.Model)
	}
	if err := e.Announce("http://127.0.0.1:1", "token"); err != nil {
		t.Fatal(err)
	}
	if o, err := store.ReadOwner(e.cfg.Dir); err != nil || o.URL != "http://127.0.0.1:1" || o.Token != "token" {
		t.Errorf("owner %+v, %v", o, err)
	}
}
