package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"testing"

	"lookalike/api"
	"lookalike/store"
)

// TestDedupUnread: a picture whose vector is damaged is listed, and the exit code says that not all was compared.
func TestDedupUnread(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	dir, made := gallery(t, 4)
	lookalike(t, data, "add", dir).want(t, 0)
	path := made[0].Path
	s, err := store.Open(data, store.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	id, _, _, err := s.ByPath(path)
	vector, err2 := s.Vector(id)
	if err := errors.Join(err, err2, s.Close()); err != nil {
		t.Fatal(err)
	}
	var raw []byte
	for _, x := range vector {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(x))
	}
	db := filepath.Join(data, "lookalike.db")
	file, err := os.ReadFile(db)
	if err != nil || len(raw) == 0 || !bytes.Contains(file, raw) {
		t.Fatalf("a vector of %d bytes is not in the file: %v", len(raw), err)
	}
	damaged := bytes.Clone(raw)
	damaged[5] ^= 1
	if err := os.WriteFile(db, bytes.ReplaceAll(file, raw, damaged), 0o600); err != nil {
		t.Fatal(err)
	}
	dups := into[api.Duplicates](t, lookalike(t, data, "dedup", "--json").want(t, 1, "not compared: "+path, "1 pictures were not compared"))
	if len(dups.Unread) != 1 || dups.Unread[0].Path != path {
		t.Errorf("unread %+v", dups.Unread)
	}
	lookalike(t, data, "dedup", "--csv").want(t, 1, "not compared: "+path)
	lookalike(t, data, "check").want(t, 1, "damaged")
}
