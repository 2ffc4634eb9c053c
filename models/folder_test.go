package models

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lookalike/models/hubtest"
)

// importTiny installs the tiny model from a folder.
func importTiny(t *testing.T, f Folder, name string) (Manifest, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "tiny model")
	for file, data := range tiny(t) {
		write(t, filepath.Join(dir, file), data)
	}
	found, its, err := Local(dir)
	if err != nil || its != "tiny-model" {
		t.Fatal(its, err)
	}
	m, _, err := f.Install(t.Context(), name, found, opens, Silent{})
	if err != nil {
		t.Fatal(err)
	}
	return m, dir
}

// TestFolder walks through the life of a models folder.
func TestFolder(t *testing.T) {
	f, ctx := Folder{filepath.Join(t.TempDir(), "data", "models")}, t.Context()
	if list, err := f.List(); err != nil || len(list) != 0 {
		t.Errorf("a folder that is not there: %v, %v", list, err)
	}
	if name, err := f.InUse(); err != nil || name != "" {
		t.Errorf("in use: %q, %v", name, err)
	}
	b, _ := importTiny(t, f, "b")
	a, dir := importTiny(t, f, "a")
	if b.Fingerprint != a.Fingerprint || a.Source != dir || a.Dim == 0 {
		t.Errorf("%+v and %+v", a, b)
	}
	list, err := f.List()
	if err != nil || len(list) != 2 || list[0].Name != "a" || list[1].Name != "b" {
		t.Errorf("list %v, %v", list, err)
	}
	if err := f.Use(ctx, "a"); err != nil {
		t.Fatal(err)
	}
	if name, err := f.InUse(); err != nil || name != "a" {
		t.Errorf("in use: %q, %v", name, err)
	}
	for _, name := range []string{"c", ".in-use", "../data", ""} {
		if err := f.Use(ctx, name); !errors.Is(err, ErrNotInstalled) && !errors.Is(err, ErrName) {
			t.Errorf("Use(%q): %v", name, err)
		}
		if err := f.Remove(ctx, name); !errors.Is(err, ErrNotInstalled) && !errors.Is(err, ErrName) {
			t.Errorf("Remove(%q): %v", name, err)
		}
	}
	if err := f.Remove(ctx, "a"); err != nil {
		t.Fatal(err)
	}
	if name, err := f.InUse(); err != nil || name != "" {
		t.Errorf("removed and still in use: %q, %v", name, err)
	}
	if err := f.Use(ctx, Starter); err != nil {
		t.Fatal(err)
	}
	if name, _ := f.InUse(); name != Starter {
		t.Errorf("in use: %q", name)
	}
	if _, err := os.Stat(filepath.Join(dir, weightsFile)); err != nil {
		t.Error("Remove took the original:", err)
	}
	if info, err := os.Stat(filepath.Dir(f.Dir)); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the data folder is %v, want its owner's alone (%v)", info.Mode(), err)
	}
}

// TestInstallAgain: the same files are recognised, other ones refused.
func TestInstallAgain(t *testing.T) {
	f := Folder{t.TempDir()}
	_, dir := importTiny(t, f, "a")
	found, _, err := Local(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, already, err := f.Install(t.Context(), "a", found, opens, Silent{}); err != nil || !already {
		t.Errorf("again: %v, %v", already, err)
	}
	found.Files = found.Files[:2]
	if _, _, err := f.Install(t.Context(), "a", found, anything, Silent{}); !errors.Is(err, ErrExists) {
		t.Errorf("other files: %v", err)
	}
	found.Files[0].SHA256 = strings.Repeat("0", 64)
	if _, _, err := f.Install(t.Context(), "b", found, anything, Silent{}); !errors.Is(err, ErrContent) {
		t.Errorf("other bytes than expected: %v", err)
	}
	write(t, filepath.Join(f.Dir, "c", "stranger"), nil)
	if _, _, err := f.Install(t.Context(), "c", found, anything, Silent{}); err == nil {
		t.Error("installed over a stranger's folder")
	}
}

// TestInstallKilled: what a killed process was building is removed, and was never seen.
func TestInstallKilled(t *testing.T) {
	f := Folder{t.TempDir()}
	write(t, filepath.Join(f.Dir, ".tmp-123", "a", weightsFile), []byte("half"))
	if list, err := f.List(); err != nil || len(list) != 0 {
		t.Errorf("list %v, %v", list, err)
	}
	importTiny(t, f, "a")
	if temps, _ := filepath.Glob(filepath.Join(f.Dir, tempPattern)); len(temps) > 0 {
		t.Errorf("left over: %v", temps)
	}
}

// TestDamaged: what is wrong is named, and the rest of the list is still shown.
func TestDamaged(t *testing.T) {
	f := Folder{t.TempDir()}
	m, _ := importTiny(t, f, "good")
	for name, manifest := range map[string]string{
		"broken": "{", "other": `{"format":1,"name":"good","files":[{"name":"x"}]}`, "newer": `{"format":2,"name":"newer","files":[{"name":"x"}]}`,
		"empty": `{"format":1,"name":"empty","files":[]}`, "escape": `{"format":1,"name":"escape","files":[{"name":"../good/config.json"}]}`,
		"large": strings.Repeat(" ", maxManifest+1),
	} {
		write(t, filepath.Join(f.Dir, name, manifestFile), []byte(manifest))
		if _, err := f.Get(name); !errors.Is(err, ErrDamaged) {
			t.Errorf("Get(%q): %v", name, err)
		}
	}
	list, err := f.List()
	if len(list) != 1 || !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "escape") {
		t.Errorf("list %v, %v", list, err)
	}
	path := filepath.Join(f.Dir, "good", configFile)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := f.Verify(t.Context(), m); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), configFile) {
		t.Errorf("Verify: %v", err)
	}
	write(t, filepath.Join(f.Dir, inUseFile), []byte("../../etc\n"))
	if _, err := f.InUse(); !errors.Is(err, ErrName) {
		t.Errorf("in use: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := f.Verify(ctx, m); !errors.Is(err, context.Canceled) {
		t.Errorf("Verify after the end: %v", err)
	}
}

func TestLocal(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"vit/config.json", "vit/model.safetensors", "vit/notes.txt", "empty/config.json", "dino.pth", "text.txt",
		"one/dino.pth", "one/x.bin", "one/preprocessor_config.json", "two/a.pth", "two/b.pth", "st/vit.safetensors", "st/config.json"} {
		write(t, filepath.Join(dir, name), []byte("x"))
	}
	commit := strings.Repeat("0123456789", 4)
	snapshot := filepath.Join(dir, "models--facebook--dino-vits16", "snapshots", commit)
	write(t, filepath.Join(snapshot, "..", "..", "blobs", "abc"), []byte("weights"))
	if err := errors.Join(os.MkdirAll(snapshot, 0o755), os.Symlink("../../blobs/abc", filepath.Join(snapshot, weightsFile))); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"vit":                "vit: config.json model.safetensors",
		"dino.pth":           "dino: dino.pth",
		"one":                "one: preprocessor_config.json dino.pth",
		"one/x.bin":          "x: preprocessor_config.json x.bin",
		"two":                "one of a.pth, b.pth is meant",
		"st/vit.safetensors": "vit: config.json model.safetensors",
		"text.txt":           "a model is a folder, or a file ending in .safetensors, .pth, .bin",
		"empty":              "it has none of model.safetensors",
		"not there":          "no such file",
		"models--facebook--dino-vits16/snapshots/" + commit: "dino-vits16: model.safetensors",
	} {
		found, name, err := Local(filepath.Join(dir, path))
		got := name + ":"
		for _, f := range found.Files {
			got += " " + f.Name
		}
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, want) || err != nil && !errors.Is(err, ErrUnusable) {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	found, name, err := Local(snapshot)
	if err != nil || found.Source != "facebook/dino-vits16" || found.Commit != commit {
		t.Errorf("snapshot is %+v (%v)", found.Origin, err)
	}
	f := Folder{filepath.Join(dir, "data", "models")}
	m, _, err := f.Install(t.Context(), name, found, anything, Silent{})
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(filepath.Join(f.Path(m), weightsFile)); err != nil || !info.Mode().IsRegular() {
		t.Errorf("a symbolic link was installed as one: %v, %v", info.Mode(), err)
	}
	if again, name, err := Local(filepath.Join(f.Dir, m.Name)); err != nil || again.Origin != m.Origin || name != m.Name {
		t.Errorf("an installed model is %+v, %q, %v", again.Origin, name, err)
	}
}

// TestPutFile: each way gives the bytes; a name for the same file costs no space.
func TestPutFile(t *testing.T) {
	dir := t.TempDir()
	from, n := filepath.Join(dir, "from"), &notes{}
	write(t, from, weights(3))
	if err := putFile(t.Context(), from, filepath.Join(dir, "put"), "x", n); err != nil || n.bytes != 0 {
		t.Errorf("on one file system: %v, %d bytes copied", err, n.bytes)
	}
	if err := copyFile(t.Context(), from, filepath.Join(dir, "copy"), 300_000, "x", n); err != nil || n.bytes != 300_000 {
		t.Errorf("copy: %v, %d bytes", err, n.bytes)
	}
	for _, name := range []string{"put", "copy"} {
		if !slices.Equal(read(t, filepath.Join(dir, name)), weights(3)) {
			t.Errorf("%s has other bytes", name)
		}
	}
	if err := putFile(t.Context(), dir, filepath.Join(dir, "dir"), "x", n); !errors.Is(err, ErrUnusable) {
		t.Errorf("a folder: %v", err)
	}
	if err := copyFile(t.Context(), from, filepath.Join(dir, "copy"), 1, "x", n); !errors.Is(err, os.ErrExist) {
		t.Errorf("over a file: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := copyFile(ctx, from, filepath.Join(dir, "late"), 1, "x", n); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
}

// TestLock: the second waits, is told so once, and gives up with its context.
func TestLock(t *testing.T) {
	path, told := filepath.Join(t.TempDir(), "locks", "x"), 0
	unlock, err := lock(t.Context(), path, func() { told++ })
	if err != nil || told != 0 {
		t.Fatal(told, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*lockPause)
	defer cancel()
	if _, err := lock(ctx, path, func() { told++ }); !errors.Is(err, context.DeadlineExceeded) || told != 1 {
		t.Errorf("second: %v, told %d times", err, told)
	}
	unlock()
	if unlock, err = lock(t.Context(), path, func() { told++ }); err != nil || told != 1 {
		t.Errorf("after it was given back: %v", err)
	}
	unlock()
}

func TestNames(t *testing.T) {
	for source, want := range map[string]string{
		"facebook/dino-vitb16": "dino-vitb16", "/a/b/My Model (2)": "My-Model-2", "x.safetensors": "x", `C:\m\vit.pth`: "vit",
		"https://h/dino_vitbase16_pretrain.pth": "dino_vitbase16_pretrain", "/": "", "...": "", "a/.hidden": "hidden",
	} {
		if got := nameOf(source); got != want {
			t.Errorf("nameOf(%q) = %q, want %q", source, got, want)
		}
	}
	for _, bad := range []string{"", ".", "..", ".x", "a/b", `a\b`, "starter", "a b", "é", strings.Repeat("a", 101)} {
		if err := CheckName(bad); !errors.Is(err, ErrName) {
			t.Errorf("CheckName(%q): %v", bad, err)
		}
	}
	for name, want := range map[string]bool{"a.safetensors": true, "": false, ".": false, "..": false, "a/b": false, `a\b`: false, ".x": false, manifestFile: false, "a\x00": false} {
		if plain(name) != want {
			t.Errorf("plain(%q) = %v", name, !want)
		}
	}
}

func TestDigest(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	write(t, path, []byte("hello\n"))
	for _, d := range []digest{"", "ce013625030ba8dba906f756967f9e9ca394464a", "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"} {
		if err := d.check(path); err != nil {
			t.Errorf("%q: %v", d, err)
		}
	}
	for _, d := range []digest{digest(hubtest.GitSHA1(nil)), digest(hubtest.SHA256(nil))} {
		if err := d.check(path); !errors.Is(err, ErrContent) || !d.valid() {
			t.Errorf("%q: %v", d, err)
		}
	}
	for _, d := range []digest{"", "abc", "CE013625030BA8DBA906F756967F9E9CA394464A", "../../../../../../../../../etc/passwd/aa"} {
		if d.valid() {
			t.Errorf("%q is valid", d)
		}
	}
}
