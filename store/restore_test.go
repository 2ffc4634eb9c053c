package store

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// member is a file in an archive.
type member struct {
	header tar.Header
	data   []byte
}

func readArchive(t testing.TB, archive []byte) (members []member) {
	t.Helper()
	for r := tar.NewReader(bytes.NewReader(archive)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return members
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		members = append(members, member{*h, data})
	}
}

func writeArchive(members []member) ([]byte, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, m := range members {
		m.header.Size = int64(len(m.data))
		if err := w.WriteHeader(&m.header); err != nil {
			return nil, err
		}
		if _, err := w.Write(m.data); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), w.Close()
}

// TestRestoreRefuses spoils a good archive in every way that comes to mind. Nothing may appear on disk.
func TestRestoreRefuses(t *testing.T) {
	s := openStore(t, t.TempDir())
	sample(t, s)
	good := backupOf(t, s)
	tests := []struct {
		name  string
		spoil func(m []member) []member
		want  error
		says  string
	}{
		{"empty", func([]member) []member { return nil }, ErrBackup, "ends before manifest.json"},
		{"no manifest", func(m []member) []member { return m[1:] }, ErrBackup, `"lookalike.db" stands where manifest.json should`},
		{"manifest is no JSON", func(m []member) []member { m[0].data = []byte("x"); return m }, ErrBackup, "manifest.json"},
		{"newer schema", editManifest(func(m *manifest) { m.Schema = 7 }), ErrNewer, "the backup has schema 7, this program knows up to 1"},
		{"newer layout", editManifest(func(m *manifest) { m.Version = 2 }), ErrNewer, "newer"},
		{"no database", func(m []member) []member { return m[:1] }, ErrBackup, "ends before lookalike.db"},
		{"short database", func(m []member) []member { m[1].data = m[1].data[:4096]; return m }, ErrBackup, "has 4096 bytes"},
		{"changed database", func(m []member) []member { m[1].data[9999] ^= 1; return m }, ErrBackup, "SHA-256"},
		{"missing original", func(m []member) []member { return m[:4] }, ErrBackup, "has 2 originals, the manifest says 3"},
		{"changed original", func(m []member) []member { m[3].data[0] ^= 1; return m }, ErrBackup, "SHA-256"},
		{"an original twice", func(m []member) []member { m[3] = m[2]; return m }, ErrBackup, "exists"},
		{"another original", func(m []member) []member {
			m[3].data = []byte("unasked")
			m[3].header.Name = originalName(sha256.Sum256(m[3].data))
			return m
		}, ErrCorrupt, "no such file"},
		{"one more file", func(m []member) []member {
			m[4].header.Name = "readme"
			return m
		}, ErrBackup, `"readme" has no place`},
		{"upwards", func(m []member) []member { m[4].header.Name = "originals/../../evil"; return m }, ErrBackup, "no place"},
		{"absolute", func(m []member) []member { m[4].header.Name = "/tmp/evil"; return m }, ErrBackup, "no place"},
		{"wrong shard", func(m []member) []member {
			m[4].header.Name = "originals/zz/" + strings.Repeat("a", 64)
			return m
		}, ErrBackup, "no place"},
		{"link", func(m []member) []member {
			m[4] = member{header: tar.Header{Typeflag: tar.TypeSymlink, Name: m[4].header.Name, Linkname: "/etc/passwd"}}
			return m
		}, ErrBackup, "not a plain file"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			parent := t.TempDir()
			bad, err := writeArchive(tt.spoil(readArchive(t, good)))
			if err != nil {
				t.Fatal(err)
			}
			err = Restore(filepath.Join(parent, "r"), bytes.NewReader(bad))
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("error is %v, want %v saying %q", err, tt.want, tt.says)
			}
			if left := names(t, parent); len(left) > 0 {
				t.Errorf("left %v", left)
			}
		})
	}
}

func editManifest(edit func(m *manifest)) func([]member) []member {
	return func(members []member) []member {
		var m manifest
		if err := json.Unmarshal(members[0].data, &m); err != nil {
			panic(err)
		}
		edit(&m)
		members[0].data, _ = json.Marshal(m)
		return members
	}
}

// TestRestoreCutOff cuts an archive short at many lengths.
func TestRestoreCutOff(t *testing.T) {
	s := openStore(t, t.TempDir())
	sample(t, s)
	archive := backupOf(t, s)
	end := len(archive) - 1024 // tar's own end mark may be missing
	for n := 0; n < end; n += end/40 + 7 {
		parent := t.TempDir()
		if err := Restore(filepath.Join(parent, "r"), bytes.NewReader(archive[:n])); !errors.Is(err, ErrBackup) {
			t.Errorf("%d of %d bytes: %v", n, len(archive), err)
		}
		if left := names(t, parent); len(left) > 0 {
			t.Errorf("%d of %d bytes: left %v", n, len(archive), left)
		}
	}
}

// restoreChild restores the archive in a folder over and over, each time under another name.
func restoreChild(dir string) {
	archive, err := os.ReadFile(filepath.Join(dir, "archive"))
	for i := 0; err == nil; i++ {
		err = Restore(filepath.Join(dir, fmt.Sprint("restored", i)), bytes.NewReader(archive))
		fmt.Println(i)
	}
	fmt.Println(err)
}

// TestRestoreIsAtomic kills a process that restores: each folder that has its name is whole.
func TestRestoreIsAtomic(t *testing.T) {
	dir := t.TempDir()
	s := openStore(t, t.TempDir())
	sample(t, s)
	want := contents(t, s)
	if err := os.WriteFile(filepath.Join(dir, "archive"), backupOf(t, s), 0o600); err != nil {
		t.Fatal(err)
	}
	whole := 0
	for round := range 8 {
		cmd, out := child(t, "restore", dir, "")
		for range 1 + round%3 {
			out.Scan()
		}
		time.Sleep(time.Duration(round) * 500 * time.Microsecond)
		cmd.Process.Kill()
		cmd.Wait()
		restored, _ := filepath.Glob(filepath.Join(dir, "restored*"))
		for _, path := range restored {
			r := openStore(t, path)
			same(t, path, contents(t, r), want)
			r.Close()
			os.RemoveAll(path)
			whole++
		}
	}
	if whole == 0 {
		t.Error("nothing was restored: the test shows nothing")
	}
}

// TestRestorePlaces tries folders that cannot be restored into.
func TestRestorePlaces(t *testing.T) {
	s := openStore(t, t.TempDir())
	archive := backupOf(t, s)
	parent := t.TempDir()
	file := filepath.Join(parent, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, dir := range map[string]string{"a file": file, "under a file": filepath.Join(file, "x"), "the running store": s.Dir()} {
		if err := Restore(dir, bytes.NewReader(archive)); err == nil || !strings.Contains(err.Error(), dir) {
			t.Errorf("%s: %v", name, err)
		}
	}
	same(t, "left", names(t, parent), []string{"file"})
	if err := Restore(filepath.Join(parent, "x"), iotest.ErrReader(io.ErrClosedPipe)); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("an archive that cannot be read: %v", err)
	}
}
