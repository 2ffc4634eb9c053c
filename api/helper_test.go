package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"lookalike/api"
	"lookalike/encoder"
	"lookalike/engine"
	"lookalike/internal/pictures"
)

// The tests run against the real engine with the real starter model; nothing is
// left running when they end.
func TestMain(m *testing.M) {
	slog.SetDefault(quiet) // some tests make handlers panic
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if enc, err := starter(); err == nil {
			enc.Close()
		}
		os.Exit(code)
	}))
}

// starter opens the model once for all tests.
var starter = sync.OnceValues(func() (*encoder.Encoder, error) { return encoder.Starter() })

// openEngine opens an engine in a folder of the test's own.
func openEngine(t testing.TB) *engine.Engine {
	t.Helper()
	enc, err := starter()
	if err != nil {
		t.Fatal(err)
	}
	e, err := engine.Open(context.Background(), engine.Config{Dir: filepath.Join(t.TempDir(), "data"), Encoder: enc, Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

var quiet = slog.New(slog.DiscardHandler)

const (
	testToken = "token-of-the-owner"
	testKey   = "an API key"
)

// newHandler makes a service over a fresh engine; change may change its Config.
func newHandler(t testing.TB, change func(*api.Config)) http.Handler {
	t.Helper()
	cfg := api.Config{LocalToken: testToken, Version: "test", Log: quiet}
	if change != nil {
		change(&cfg)
	}
	if cfg.Engine == nil {
		cfg.Engine = openEngine(t)
	}
	h, err := api.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// answer is a response that was read to its end.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// problem decodes an error answer and makes sure that it is one.
func (a answer) problem(t testing.TB) api.Problem {
	t.Helper()
	if got := a.header.Get("Content-Type"); got != "application/problem+json" {
		t.Fatalf("status %d with Content-Type %q, want a problem: %s", a.status, got, a.body)
	}
	var p api.Problem
	decode(t, a.body, &p)
	if p.Status != a.status || p.Detail == "" || p.Title == "" || p.Type == "" {
		t.Fatalf("status %d with the problem %+v", a.status, p)
	}
	return p
}

// send sends a request in process, validates request and answer against
// openapi.yaml, and returns the answer.
func send(t testing.TB, h http.Handler, r *http.Request) answer {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	a := answer{w.Code, w.Result().Header, w.Body.Bytes()}
	r.Body = io.NopCloser(bytes.NewReader(body))
	validate(t, r, a)
	return a
}

// get sends a GET.
func get(t testing.TB, h http.Handler, target string, header ...string) answer {
	t.Helper()
	return send(t, h, newRequest("GET", target, nil, header...))
}

// newRequest makes a request with headers in pairs of name and value.
func newRequest(method, target string, body io.Reader, header ...string) *http.Request {
	r := httptest.NewRequest(method, target, body)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return r
}

// file is a picture to upload.
type file struct {
	name string
	data []byte
}

// upload makes a POST of files.
func upload(target string, files ...file) *http.Request {
	body, contentType := form(files...)
	return newRequest("POST", target, bytes.NewReader(body), "Content-Type", contentType)
}

// form makes a multipart body.
func form(files ...file) (body []byte, contentType string) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, f := range files {
		part, err := w.CreateFormFile("file", f.name)
		if err != nil {
			panic(err)
		}
		part.Write(f.data)
	}
	w.Close()
	return b.Bytes(), w.FormDataContentType()
}

// add uploads files, all of which must be stored, and returns what became of them.
func add(t testing.TB, h http.Handler, files ...file) []api.AddedImage {
	t.Helper()
	a := send(t, h, upload("/v1/images", files...))
	if a.status >= 300 {
		t.Fatalf("upload: %d %s", a.status, a.body)
	}
	var added api.Added
	decode(t, a.body, &added)
	if len(added.Images) != len(files) {
		t.Fatalf("%d of %d files are stored: %s", len(added.Images), len(files), a.body)
	}
	return added.Images
}

func decode(t testing.TB, body []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(body, v); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
}

// pngOf returns a made-up picture as a PNG; equal seeds make equal pictures.
func pngOf(seed uint64) []byte {
	if data, ok := pngs.Load(seed); ok {
		return slices.Clone(data.([]byte))
	}
	data := encodePNG(pictures.Make(seed, 96, 64))
	pngs.Store(seed, data)
	return slices.Clone(data)
}

var pngs sync.Map // seed -> PNG

func encodePNG(img image.Image) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// jpegOf returns the picture of the same seed as a JPEG.
func jpegOf(seed uint64, quality int) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, pictures.Make(seed, 96, 64), &jpeg.Options{Quality: quality}); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// writeFile puts data into a file of the test's own and returns its path.
func writeFile(t testing.TB, dir, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
