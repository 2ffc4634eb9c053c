package engine

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"

	"lookalike/internal/imageio"
	"lookalike/internal/pictures"
)

// goodFiles is one picture in each format that Go can write.
func goodFiles(t testing.TB) map[string][]byte {
	t.Helper()
	img := pictures.Make(7, 60, 40)
	files := map[string][]byte{"png": asPNG(img)}
	for name, encode := range map[string]func(*bytes.Buffer, image.Image) error{
		"jpg": func(b *bytes.Buffer, m image.Image) error { return jpeg.Encode(b, m, nil) },
		"gif": func(b *bytes.Buffer, m image.Image) error { return gif.Encode(b, m, nil) },
		"bmp": func(b *bytes.Buffer, m image.Image) error { return bmp.Encode(b, m) },
		"tif": func(b *bytes.Buffer, m image.Image) error { return tiff.Encode(b, m, nil) },
	} {
		var b bytes.Buffer
		if err := encode(&b, img); err != nil {
			t.Fatal(err)
		}
		files[name] = b.Bytes()
	}
	return files
}

// writeBad fills a folder with files that are no pictures, and gives their paths.
func writeBad(t testing.TB, dir string) (paths []string) {
	t.Helper()
	put := func(name string, data []byte) { paths = append(paths, write(t, dir, name, data)) }
	for ext, data := range goodFiles(t) {
		for i := range 40 { // cut off everywhere but at the very end, where some formats have nothing of worth
			put(fmt.Sprintf("cut-%02d.%s", i, ext), data[:len(data)*i/50])
		}
		put("other-magic."+ext, append([]byte{0}, data...))
	}
	for i := range 50 {
		put(fmt.Sprintf("noise-%02d.jpg", i), bytes.Repeat([]byte{byte(i), byte(7 * i), 3}, 10*i+1))
	}
	put("text.png", []byte("This is not a picture.\n"))
	put("page.jpg", []byte("<!doctype html><title>404</title>"))
	bomb := bytes.Clone(madePNG(1))
	binary.BigEndian.PutUint32(bomb[16:], 1<<20) // width and height in IHDR
	binary.BigEndian.PutUint32(bomb[20:], 1<<20)
	put("bomb.png", bomb)
	return append(paths, oddFiles(t, dir)...)
}

// oddFiles are what a folder may hold besides regular files.
func oddFiles(t testing.TB, dir string) []string {
	t.Helper()
	folder, link, pipe := filepath.Join(dir, "folder.jpg"), filepath.Join(dir, "dangling.jpg"), filepath.Join(dir, "pipe.jpg")
	if err := errors.Join(os.Mkdir(folder, 0o700), os.Symlink("nowhere", link), syscall.Mkfifo(pipe, 0o600)); err != nil {
		t.Fatal(err)
	}
	return []string{folder, link, pipe, filepath.Join(dir, "missing.jpg"), filepath.Join(dir, "line\nbreak.jpg")}
}

// TestBadInputsByTheHundred mixes them with good ones: every bad one is an error with its name and a reason, every
// good one is added.
func TestBadInputsByTheHundred(t *testing.T) {
	e := openAt(t, t.TempDir())
	dir := t.TempDir()
	bad := make(map[string]bool)
	var sources []Source
	for i, path := range writeBad(t, dir) {
		bad[path] = true
		sources = append(sources, Source{Path: path})
		if i%10 == 0 {
			name := fmt.Sprintf("good-%d.jpg", i) // a PNG: names mean nothing
			sources = append(sources, Source{Path: write(t, dir, name, madePNG(uint64(i)))})
		}
	}
	good := 0
	for _, r := range e.AddBatch(t.Context(), sources) {
		switch {
		case !bad[r.Path]:
			good++
			if r.Err != nil || r.ID == 0 {
				t.Errorf("good %s: %v", r.Path, r.Err)
			}
		case r.Err == nil:
			t.Errorf("bad %s was added", r.Path)
		default:
			checkMessage(t, r)
		}
	}
	s, err := e.Stats()
	if err != nil || s.Images != good {
		t.Errorf("%d images, want %d (%v)", s.Images, good, err)
	}
	t.Logf("%d bad inputs, each with its reason; %d good ones added", len(bad), good)
	sound(t, e)
}

// checkMessage wants "PATH: REASON", once.
func checkMessage(t *testing.T, r AddResult) {
	t.Helper()
	msg := r.Err.Error()
	reason, ok := strings.CutPrefix(msg, r.Path+": ")
	if !ok || len(reason) < 5 || strings.Contains(reason, r.Path) {
		t.Errorf("%s: message %q does not name the file once and give a reason", r.Path, msg)
	}
	var e *imageio.Error
	if !errors.As(r.Err, &e) {
		t.Errorf("%s: %T is no *imageio.Error", r.Path, r.Err)
	}
}

func TestBadSources(t *testing.T) {
	e := openAt(t, t.TempDir(), func(c *Config) { c.Limits = imageio.Limits{MaxBytes: 1 << 16, MaxPixels: 4000} })
	for _, tc := range []struct {
		name string
		src  Source
		want error
	}{
		{"nothing", Source{}, ErrSource},
		{"path and data", Source{Path: "/a", Data: []byte{1}}, ErrSource},
		{"upload with path", Source{Upload: true, Path: "/a", Name: "a"}, ErrSource},
		{"empty upload", Source{Upload: true, Name: "a"}, imageio.ErrEmpty},
		{"text", Source{Upload: true, Name: "a", Data: []byte("text")}, imageio.ErrFormat},
		{"too many bytes", Source{Upload: true, Name: "a", Data: make([]byte, 1<<16+1)}, imageio.ErrTooLarge},
		{"too many pixels", Source{Upload: true, Name: "a", Data: asPNG(pictures.Make(1, 80, 60))}, imageio.ErrTooLarge},
	} {
		r, err := e.Add(t.Context(), tc.src)
		if !errors.Is(err, tc.want) || !errors.Is(r.Err, err) || r.ID != 0 {
			t.Errorf("%s: %v (%+v), want %v", tc.name, err, r, tc.want)
		}
	}
	if s, err := e.Stats(); err != nil || s.Images != 0 || s.BytesOriginals != 0 {
		t.Errorf("something was stored: %+v, %v", s, err)
	}
}
