package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"lookalike/api"
	"lookalike/engine"
)

// weighingEngine notes how much each batch holds.
type weighingEngine struct {
	*engine.Engine
	mu      sync.Mutex
	batches []int // bytes
}

func (e *weighingEngine) AddBatch(ctx context.Context, sources []engine.Source) []engine.AddResult {
	bytes := 0
	for _, s := range sources {
		bytes += len(s.Data)
	}
	e.mu.Lock()
	e.batches = append(e.batches, bytes)
	e.mu.Unlock()
	return e.Engine.AddBatch(ctx, sources)
}

// A large upload is never held as a whole.
func TestUploadIsBatched(t *testing.T) {
	const files, size = 40, 2 << 20
	e := &weighingEngine{Engine: openEngine(t)}
	h := newHandler(t, func(c *api.Config) { c.Engine = e })
	pr, pw := io.Pipe()
	w := multipart.NewWriter(pw)
	go func() {
		for i := range files {
			part, _ := w.CreateFormFile("file", fmt.Sprint(i))
			part.Write(make([]byte, size))
		}
		w.Close()
		pw.Close()
	}()
	resp, err := api.InProcess(h).RoundTrip(withHeader(newRequest("POST", "http://localhost/v1/images", pr), "Content-Type", w.FormDataContentType()))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if p := (answer{resp.StatusCode, resp.Header, body}).problem(t); p.Status != 422 || len(p.Failures) != files {
		t.Errorf("%d with %d failures, want 422 with %d", p.Status, len(p.Failures), files)
	}
	total := 0
	for _, b := range e.batches {
		if total += b; b > 32<<20 {
			t.Errorf("a batch of %d bytes", b)
		}
	}
	if total != files*size || len(e.batches) < 3 {
		t.Errorf("%d bytes in %d batches", total, len(e.batches))
	}
}

// A client that breaks off in the middle of an upload leaves nothing behind and
// is no error of the server.
func TestUploadBrokenOff(t *testing.T) {
	var log lockedBuffer
	e := openEngine(t)
	url, _ := serveHTTP(t, newHandler(t, func(c *api.Config) {
		c.Engine, c.Log = e, slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}))
	body, contentType := form(file{"a.png", pngOf(1)})
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "POST /v1/images HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", contentType, len(body), body[:len(body)/2])
	conn.Close()
	waitUntil(t, "the server notices", func() bool { return strings.Contains(log.String(), "msg=request") })
	if strings.Contains(log.String(), "internal error") || !strings.Contains(log.String(), "status=400") {
		t.Errorf("log: %s", &log)
	}
	if stats, err := e.Stats(); err != nil || stats.Images != 0 {
		t.Errorf("%+v, %v", stats, err)
	}
}

// zeros is a body without an end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// A refusal reaches a client that is still sending.
func TestRefusedWhileSending(t *testing.T) {
	small := func(c *api.Config) { c.Limits.BodyBytes = 1 << 20 }
	overBoth(t, small, func(t *testing.T, client func(string) *api.Client) {
		for range 5 {
			_, err := client("").Search(context.Background(), "endless.png", zeros{}, 0, 0, "")
			wantProblem(t, err, 413, "limit of 1048576 bytes")
		}
	})
	locked := func(c *api.Config) { c.APIKey = testKey }
	overBoth(t, locked, func(t *testing.T, client func(string) *api.Client) {
		for range 5 {
			_, err := client("").Search(context.Background(), "endless.png", zeros{}, 0, 0, "")
			wantProblem(t, err, 401, "API key")
		}
	})
}

// Any absolute path survives the way through JSON, whatever its bytes.
func TestPathsTravel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		path := "/" + string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"))
		if got := api.DecodePath(viaJSON(t, api.EncodePath(path))); got != path {
			t.Fatalf("%q became %q", path, got)
		}
	})
	for _, same := range []string{"file://%zz", "file:/x", "relative", ""} {
		if got := api.DecodePath(same); got != same {
			t.Errorf("%q became %q", same, got)
		}
	}
}

func viaJSON(t *rapid.T, text string) string {
	r := importRequest(text)
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	var req api.ImportRequest
	if err := json.Unmarshal(body, &req); err != nil {
		t.Fatal(err)
	}
	return req.Paths[0]
}

// However uploads are cut into requests, and whatever is among them, each file
// is accounted for once, and the pages hold each image once.
func TestEveryFileIsAccountedFor(t *testing.T) {
	h := newHandler(t, nil)
	known := map[uint64]string{} // seed -> id
	rapid.Check(t, func(t *rapid.T) {
		seeds := rapid.SliceOfN(rapid.Uint64Range(0, 9), 1, 6).Draw(t, "pictures; 9 is none")
		files := make([]file, len(seeds))
		for i, seed := range seeds {
			files[i] = file{fmt.Sprint(i, ".png"), pngOf(seed)}
			if seed == 9 {
				files[i].data = []byte("no picture")
			}
		}
		stored, failed := uploadAll(t, h, files)
		for i, seed := range seeds {
			name := files[i].name
			if id := stored[name]; (id == "") != (seed == 9) || known[seed] != "" && known[seed] != id {
				t.Fatalf("picture %d is image %q, was %q", seed, id, known[seed])
			}
			if failed[name] != (seed == 9) {
				t.Fatalf("%s: failed %v", name, failed[name])
			}
			known[seed] = stored[name]
		}
		delete(known, 9)
		if n := countByPages(t, h, rapid.IntRange(1, 5).Draw(t, "page")); n != len(known) {
			t.Fatalf("pages hold %d images, want %d", n, len(known))
		}
	})
}

// uploadAll sends files in one request and returns what became of each name.
func uploadAll(t *rapid.T, h http.Handler, files []file) (stored map[string]string, failed map[string]bool) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, upload("/v1/images", files...))
	var answer api.Added // a problem has the failures too
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		t.Fatal(err)
	}
	stored, failed = map[string]string{}, map[string]bool{}
	for _, image := range answer.Images {
		stored[image.Path] = image.ID
	}
	for _, f := range answer.Failures {
		failed[f.Path] = true
	}
	if len(answer.Images)+len(answer.Failures) != len(files) {
		t.Fatalf("%d of %d files are accounted for: %s", len(answer.Images)+len(answer.Failures), len(files), w.Body)
	}
	return stored, failed
}

// countByPages walks all pages and makes sure that no image comes twice.
func countByPages(t *rapid.T, h http.Handler, limit int) int {
	c := api.NewClient("http://localhost", "", api.InProcess(h))
	seen := map[string]bool{}
	for cursor := ""; ; {
		page, err := c.Images(context.Background(), cursor, limit)
		if err != nil {
			t.Fatal(err)
		}
		for _, image := range page.Images {
			if seen[image.ID] {
				t.Fatalf("image %s comes twice", image.ID)
			}
			seen[image.ID] = true
		}
		if cursor = page.Next; cursor == "" {
			return len(seen)
		}
	}
}
