package store

import (
	"errors"
	"testing"

	"pgregory.net/rapid"
)

// changes reads the log after a number.
func changes(t rapid.TB, s *Store, after uint64) (list []Change) {
	t.Helper()
	if err := s.Changes(after, func(c Change) error {
		list = append(list, c)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return list
}

func TestLog(t *testing.T) {
	s := openStore(t, t.TempDir())
	fill(t, s, 3)
	if _, _, err := s.Delete(2); err != nil {
		t.Fatal(err)
	}
	all := []Change{{Seq: 1, ID: 1}, {Seq: 2, ID: 2}, {Seq: 3, ID: 3}, {Seq: 4, ID: 2, Delete: true, Vector: vectorOf(2)}}
	same(t, "log", changes(t, s, 0), all)
	same(t, "log after 2", changes(t, s, 2), all[2:])
	same(t, "log after the end", changes(t, s, 4), []Change(nil))

	if err := s.SaveGraph(Graph{Header: []byte("h"), Watermark: 3}); err != nil {
		t.Fatal(err)
	}
	same(t, "trimmed log", changes(t, s, 3), all[3:])
	if err := s.Changes(2, func(Change) error { return nil }); !errors.Is(err, ErrTrimmed) {
		t.Errorf("asking for what is trimmed: %v", err)
	}
	// Numbers go on where they were, even when the log is empty.
	if err := s.SaveGraph(Graph{Header: []byte("h"), Watermark: 4}); err != nil {
		t.Fatal(err)
	}
	if a := add(t, s, entryOf(9, pathFile("/9", 9, 0))); a.Seq != 5 {
		t.Errorf("next change has number %d, want 5", a.Seq)
	}
}

func TestSaveGraph(t *testing.T) {
	dir := t.TempDir()
	s := openStore(t, dir)
	fill(t, s, 5)
	tests := []struct {
		name   string
		graph  Graph
		err    error
		header string
		mark   uint64
		chunks map[uint32]string // afterwards, of 1 to 4
	}{
		{"first", Graph{Header: []byte("h1"), Chunks: []Chunk{{1, []byte("one")}, {2, []byte("two")}}, Watermark: 2}, nil,
			"h1", 2, map[uint32]string{1: "one", 2: "two"}},
		{"incremental", Graph{Header: []byte("h2"), Chunks: []Chunk{{2, []byte("2nd")}, {3, nil}}, Dropped: []uint32{1}, Watermark: 4}, nil,
			"h2", 4, map[uint32]string{2: "2nd", 3: ""}},
		{"watermark back", Graph{Header: []byte("h3"), Watermark: 3}, ErrEntry, "h2", 4, map[uint32]string{2: "2nd", 3: ""}},
		{"watermark beyond the log", Graph{Header: []byte("h3"), Watermark: 6}, ErrEntry, "h2", 4, map[uint32]string{2: "2nd", 3: ""}},
		{"whole", Graph{Header: []byte("h4"), Chunks: []Chunk{{4, []byte("all")}}, Replace: true, Watermark: 4}, nil,
			"h4", 4, map[uint32]string{4: "all"}},
	}
	for _, tt := range tests {
		if err := s.SaveGraph(tt.graph); !errors.Is(err, tt.err) {
			t.Errorf("%s: error is %v, want %v", tt.name, err, tt.err)
		}
		s.Close()
		s = openStore(t, dir)
		header, mark, err := s.LoadGraph()
		if string(header) != tt.header || mark != tt.mark || err != nil {
			t.Errorf("%s: header %q, watermark %d, %v", tt.name, header, mark, err)
		}
		got := map[uint32]string{}
		for no := uint32(1); no <= 4; no++ {
			if data, err := s.GraphChunk(no); err == nil {
				got[no] = string(data)
			}
		}
		same(t, tt.name+": chunks", got, tt.chunks)
	}
}
