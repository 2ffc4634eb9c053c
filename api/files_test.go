package api_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"

	"lookalike/api"
	"lookalike/engine"
	"lookalike/internal/pictures"
)

var gallery = fstest.MapFS{
	"index.html":           {Data: []byte("<!doctype html><title>gallery</title>")},
	"app.js":               {Data: []byte("export {}")},
	"style.css":            {Data: []byte("body {}")},
	"icon.svg":             {Data: []byte("<svg/>")},
	"app.webmanifest":      {Data: []byte("{}")},
	"help/index.html":      {Data: []byte("help")},
	"font.unheard-of-type": {Data: []byte("?")},
	"picture.png":          {Data: []byte("png")},
}

func TestGallery(t *testing.T) {
	h := newHandler(t, func(c *api.Config) { c.UI = gallery })
	for target, kind := range map[string]string{
		"/": "text/html; charset=utf-8", "/index.html": "text/html; charset=utf-8", "/app.js": "text/javascript; charset=utf-8",
		"/style.css": "text/css; charset=utf-8", "/icon.svg": "image/svg+xml", "/app.webmanifest": "application/manifest+json",
		"/help/": "text/html; charset=utf-8", "/font.unheard-of-type": "application/octet-stream", "/picture.png": "image/png",
		"/?x=1": "text/html; charset=utf-8",
	} {
		a := get(t, h, target)
		if a.status != 200 || a.header.Get("Content-Type") != kind || a.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %d %v", target, a.status, a.header)
		}
		again := get(t, h, target, "If-None-Match", a.header.Get("Etag"))
		if again.status != 304 || len(again.body) != 0 {
			t.Errorf("%s again: %d with %d bytes", target, again.status, len(again.body))
		}
		policy := a.header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "frame-ancestors 'none'"} {
			if !strings.Contains(policy, want) {
				t.Errorf("%s: policy %q lacks %s", target, policy, want)
			}
		}
		if strings.HasPrefix(kind, "text/html") != strings.Contains(policy, "script-src 'self';") || strings.Contains(policy, "unsafe-eval") {
			t.Errorf("%s: policy %q", target, policy)
		}
	}
	for _, target := range []string{"/none.js", "/help", "/../go.mod", "/..%2fgo.mod", "/help/none"} {
		if a := get(t, h, target); a.status != 404 {
			t.Errorf("%s: %d", target, a.status)
		}
	}
	if a := send(t, h, newRequest("POST", "/app.js", nil)); a.status != 405 || a.header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %d %v", a.status, a.header)
	}
}

type brokenFS struct{ fstest.MapFS }

func (f brokenFS) Open(name string) (fs.File, error) {
	if name == "app.js" {
		return nil, errFailing
	}
	return f.MapFS.Open(name)
}
func (f brokenFS) ReadFile(name string) ([]byte, error) {
	if name == "app.js" {
		return nil, errFailing
	}
	return f.MapFS.ReadFile(name)
}

func TestGalleryThatCannotBeRead(t *testing.T) {
	if _, err := api.New(api.Config{UI: brokenFS{gallery}}); !errors.Is(err, errFailing) {
		t.Errorf("error %v", err)
	}
}

func TestThumbnailIsCached(t *testing.T) {
	h := newHandler(t, nil)
	target := "/v1/images/" + add(t, h, file{"a.png", pngOf(1)})[0].ID + "/thumbnail"
	a := get(t, h, target)
	if http.DetectContentType(a.body) != "image/jpeg" || a.header.Get("Cache-Control") != "private, no-cache" {
		t.Errorf("%v", a.header)
	}
	if again := get(t, h, target, "If-None-Match", a.header.Get("Etag")); again.status != 304 {
		t.Errorf("with its ETag: %d", again.status)
	}
	if other := get(t, h, target, "If-None-Match", `"x"`); other.status != 200 || !bytes.Equal(other.body, a.body) {
		t.Errorf("with another ETag: %d", other.status)
	}
}

// An original is served as what its bytes are, whatever its name says, so that
// nothing that is uploaded runs in the gallery's origin.
func TestOriginalTypes(t *testing.T) {
	h := newHandler(t, nil)
	img := pictures.Make(5, 96, 64)
	var asTIFF, asBMP bytes.Buffer
	tiff.Encode(&asTIFF, img, nil)
	bmp.Encode(&asBMP, pictures.Make(6, 96, 64))
	polyglot := append(pngOf(7), []byte("<html><script>alert(document.domain)</script></html>")...)
	for _, c := range []struct {
		name              string
		data              []byte
		kind, disposition string
	}{
		{"a.png", pngOf(1), "image/png", `inline; filename=a.png`},
		{"a.jpg", jpegOf(2, 90), "image/jpeg", `inline; filename=a.jpg`},
		{"x.html", polyglot, "image/png", `inline; filename=x.html`},
		{"x.svg", jpegOf(3, 90), "image/jpeg", `inline; filename=x.svg`},
		{"scan.jpg", asTIFF.Bytes(), "image/tiff", `attachment; filename=scan.jpg`},
		{"b.bmp", asBMP.Bytes(), "image/bmp", `inline; filename=b.bmp`},
		{`q"uo;te.png`, pngOf(8), "image/png", `inline; filename="q\"uo;te.png"`},
		{"Füße 日本.png", pngOf(9), "image/png", "inline; filename*=utf-8''F%C3%BC%C3%9Fe%20%E6%97%A5%E6%9C%AC.png"},
	} {
		a := get(t, h, "/v1/images/"+add(t, h, file{c.name, c.data})[0].ID+"/original")
		if a.status != 200 || !bytes.Equal(a.body, c.data) {
			t.Errorf("%s: %d, %d bytes of %d", c.name, a.status, len(a.body), len(c.data))
		}
		if got := a.header.Get("Content-Type"); got != c.kind {
			t.Errorf("%s: Content-Type %s, want %s", c.name, got, c.kind)
		}
		if got := a.header.Get("Content-Disposition"); got != c.disposition {
			t.Errorf("%s: Content-Disposition %s, want %s", c.name, got, c.disposition)
		}
		policy := a.header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "sandbox") || strings.Contains(policy, "script-src") || a.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", c.name, a.header)
		}
	}
}

func TestOriginalRanges(t *testing.T) {
	h := newHandler(t, nil)
	data := pngOf(1)
	target := "/v1/images/" + add(t, h, file{"a.png", data})[0].ID + "/original"
	etag := get(t, h, target).header.Get("Etag")
	if etag == "" {
		t.Fatal("no ETag")
	}
	for _, c := range []struct {
		header []string
		status int
		want   []byte
	}{
		{[]string{"Range", "bytes=8-15"}, 206, data[8:16]},
		{[]string{"Range", "bytes=-4"}, 206, data[len(data)-4:]},
		{[]string{"Range", "bytes=8-15", "If-Range", etag}, 206, data[8:16]},
		{[]string{"Range", "bytes=8-15", "If-Range", `"old"`}, 200, data},
		{[]string{"If-None-Match", etag}, 304, nil},
		{[]string{"If-None-Match", `"old"`}, 200, data},
	} {
		a := get(t, h, target, c.header...)
		if a.status != c.status || !bytes.Equal(a.body, c.want) {
			t.Errorf("%v: %d with %d bytes, want %d with %d", c.header, a.status, len(a.body), c.status, len(c.want))
		}
	}
	for _, r := range []string{"bytes=99999999-", "bytes=5-2", "lines=1-2"} {
		a := get(t, h, target, "Range", r)
		if p := a.problem(t); p.Status != 416 || !strings.Contains(p.Detail, "range") || a.header.Get("Content-Disposition") != "" {
			t.Errorf("range %s: %+v %v", r, p, a.header)
		}
	}
	if a := get(t, h, target, "If-Match", `"old"`); a.problem(t).Status != 412 {
		t.Errorf("If-Match: %d", a.status)
	}
}

// The file that an image refers to may be moved away or changed.
func TestOriginalThatIsGone(t *testing.T) {
	h, dir := newHandler(t, nil), t.TempDir()
	path := writeFile(t, dir, "a.png", pngOf(1))
	var line api.ImportResult
	decode(t, send(t, h, importRequest(path)).body, &line)
	target := "/v1/images/" + line.ID + "/original"
	before := get(t, h, target)
	if before.status != 200 {
		t.Fatalf("%d %s", before.status, before.body)
	}
	writeFile(t, dir, "a.png", pngOf(2))
	if p := get(t, h, target, "If-None-Match", before.header.Get("Etag")).problem(t); p.Status != 410 {
		t.Errorf("changed: %+v", p)
	}
	os.Remove(path)
	if p := get(t, h, target).problem(t); p.Status != 410 || !strings.Contains(p.Detail, path) {
		t.Errorf("deleted: %+v", p)
	}
	if a := get(t, h, "/v1/images/"+line.ID+"/thumbnail"); a.status != 200 {
		t.Errorf("thumbnail: %d", a.status)
	}
}

// otherFile is an engine whose originals are something else.
type otherFile struct {
	*engine.Engine
	file io.ReadSeekCloser
}

func (e otherFile) Original(id uint64) (io.ReadSeekCloser, engine.Image, error) {
	return e.file, engine.Image{ID: id, Files: []engine.File{{Path: "/pictures/x.html"}}}, nil
}

type readSeekNopCloser struct{ io.ReadSeeker }

func (readSeekNopCloser) Close() error { return nil }

type brokenSeeker struct{ failingReader }

func (brokenSeeker) Seek(int64, int) (int64, error) { return 0, errFailing }

// Whatever an original turns out to be, a browser saves it and does not run it.
func TestOriginalThatIsNoPicture(t *testing.T) {
	h := newHandler(t, func(c *api.Config) {
		c.Engine = otherFile{file: readSeekNopCloser{strings.NewReader("<script>alert(1)</script>")}}
	})
	a := get(t, h, "/v1/images/1/original")
	if a.header.Get("Content-Type") != "application/octet-stream" || a.header.Get("Content-Disposition") != "attachment; filename=x.html" {
		t.Errorf("%v", a.header)
	}
	if a.header.Get("Etag") != "" {
		t.Errorf("an ETag for a file that tells neither size nor time: %v", a.header)
	}
	h = newHandler(t, func(c *api.Config) { c.Engine = otherFile{file: readSeekNopCloser{brokenSeeker{}}} })
	if p := get(t, h, "/v1/images/1/original").problem(t); p.Status != 500 {
		t.Errorf("a file that cannot be read: %+v", p)
	}
}

// HEAD is GET without the body, everywhere.
func TestHead(t *testing.T) {
	h := newHandler(t, func(c *api.Config) { c.UI = gallery })
	id := add(t, h, file{"a.png", pngOf(1)})[0].ID
	srv := httptest.NewServer(h)
	defer srv.Close()
	for _, target := range []string{"/", "/v1/images", "/v1/images/" + id, "/v1/images/" + id + "/original", "/v1/images/" + id + "/thumbnail", "/v1/images/" + id + "/attention", "/healthz"} {
		resp, err := srv.Client().Head(srv.URL + target)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != 200 || len(body) != 0 || resp.ContentLength != int64(len(get(t, h, target).body)) {
			t.Errorf("HEAD %s: %d, %d bytes, Content-Length %d", target, resp.StatusCode, len(body), resp.ContentLength)
		}
	}
}
