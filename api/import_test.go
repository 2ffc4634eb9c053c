package api_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lookalike/api"
	"lookalike/engine"
)

// stepEngine is the real engine; each batch waits until the test lets it in.
type stepEngine struct {
	*engine.Engine
	step chan struct{}
}

func (e *stepEngine) AddBatch(ctx context.Context, sources []engine.Source) []engine.AddResult {
	select {
	case <-e.step:
	case <-ctx.Done():
	}
	return e.Engine.AddBatch(ctx, sources)
}

// manyPaths writes n pictures, of which each is the same as every fourth.
func manyPaths(t *testing.T, n int) []string {
	dir := t.TempDir()
	paths := make([]string, n)
	for i := range paths {
		paths[i] = writeFile(t, dir, fmt.Sprintf("%03d.png", i), pngOf(uint64(i%4)))
	}
	return paths
}

// A batch's lines arrive while the next batches have not even begun, and what
// they say is stored.
func TestImportStreams(t *testing.T) {
	e := &stepEngine{openEngine(t), make(chan struct{})}
	url, transport := serveHTTP(t, newHandler(t, func(c *api.Config) { c.Engine = e }))
	paths := manyPaths(t, 24)
	r := importRequest(paths...)
	r.URL.Host, r.URL.Scheme, r.RequestURI = strings.TrimPrefix(url, "http://"), "http", ""
	resp, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if got := resp.Header.Get("Content-Type"); got != "application/x-ndjson" {
		t.Errorf("Content-Type %s", got)
	}
	lines, seen := bufio.NewScanner(resp.Body), map[string]bool{}
	for range 3 {
		e.step <- struct{}{}
		for range 8 {
			if !lines.Scan() {
				t.Fatal(lines.Err())
			}
			var line api.ImportResult
			decode(t, lines.Bytes(), &line)
			seen[line.Path] = true
			if _, err := e.FindPath(line.Path); err != nil || line.Status == "" {
				t.Errorf("acknowledged but not stored: %+v, %v", line, err)
			}
		}
	}
	if lines.Scan() || len(seen) != len(paths) {
		t.Errorf("%d paths in the lines, and then %q", len(seen), lines.Text())
	}
}

// When the client goes away, no more is begun; what was stored stays, and the
// log tells.
func TestImportClientGoesAway(t *testing.T) {
	e := &stepEngine{openEngine(t), make(chan struct{})}
	var log lockedBuffer
	url, transport := serveHTTP(t, newHandler(t, func(c *api.Config) {
		c.Engine, c.Log = e, slog.New(slog.NewTextHandler(&log, nil))
	}))
	paths := manyPaths(t, 8*(runtime.GOMAXPROCS(0)+4))
	r := importRequest(paths...)
	r.URL.Host, r.URL.Scheme, r.RequestURI = strings.TrimPrefix(url, "http://"), "http", ""
	resp, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	e.step <- struct{}{}
	if _, err := bufio.NewReader(resp.Body).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	waitUntil(t, "the import has ended", func() bool { return strings.Contains(log.String(), "import ended early") })
	stats, err := e.Stats()
	if err != nil || stats.Files < 8 || stats.Files == len(paths) {
		t.Errorf("%+v, %v: want the first batch and not all", stats, err)
	}
	if !strings.Contains(log.String(), fmt.Sprintf("paths=%d", len(paths))) || strings.Contains(log.String(), "internal error") {
		t.Errorf("log: %s", &log)
	}
}

// lockedBuffer is a log that is read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// A cancelled import reports everything that was stored by then, and an import
// after it finds that there already and adds the rest.
func TestImportCancelledAndResumed(t *testing.T) {
	var e *stepEngine
	stepped := func(c *api.Config) {
		e = &stepEngine{openEngine(t), make(chan struct{}, 2)}
		c.Engine = e
	}
	overBoth(t, stepped, func(t *testing.T, client func(string) *api.Client) {
		c, paths := client(testToken), manyPaths(t, 40)
		c.SetGrace(time.Second)
		e.step <- struct{}{}
		e.step <- struct{}{}
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		reported := 0
		err := c.Import(ctx, paths, func(r api.ImportResult) {
			if r.Error != "" {
				t.Errorf("%+v: being cancelled is no fault of the file", r)
			}
			reported++
			cancel()
		})
		if !errors.Is(err, context.Canceled) || reported != 16 {
			t.Fatalf("%v after %d files, want the two batches of 8 that were begun", err, reported)
		}
		stats, err := c.Stats(context.Background())
		if err != nil || stats.Files != reported {
			t.Errorf("%d files reported, %d stored, %v", reported, stats.Files, err)
		}
		close(e.step)
		importAll(t, c, paths...)
		if stats, err = c.Stats(context.Background()); err != nil || stats.Files != len(paths) || stats.Images != 4 {
			t.Errorf("%+v, %v", stats, err)
		}
	})
}

// A file's name is bytes; the ones that are no Unicode are imported like others.
func TestImportNames(t *testing.T) {
	overBoth(t, nil, func(t *testing.T, client func(string) *api.Client) {
		dir := t.TempDir()
		var paths []string
		for i, name := range []string{"ü.png", "\xff\xfe latin \xe9 %41.png", "new\nline.png", "<b>&amp;.png", "file:", " "} {
			path := filepath.Join(dir, name)
			if err := os.WriteFile(path, pngOf(uint64(i)), 0o644); err != nil {
				t.Skip("the file system wants Unicode")
			}
			paths = append(paths, path)
		}
		c := client(testToken)
		lines := importAll(t, c, paths...)
		for _, path := range paths {
			r := lines[path]
			if r.Status != api.StatusAdded {
				t.Errorf("%q: %+v", path, r)
				continue
			}
			if image, found, err := c.ImageByPath(context.Background(), path); err != nil || !found || image.ID != r.ID {
				t.Errorf("%q: found %v, %v", path, found, err)
			}
		}
	})
}

// More paths than go into a request, and none.
func TestImportMany(t *testing.T) {
	h := newHandler(t, func(c *api.Config) { c.Limits.ImportPaths = 256 })
	c := api.NewClient("http://localhost", testToken, api.InProcess(h))
	paths := make([]string, 600)
	for i := range paths {
		paths[i] = fmt.Sprintf("/no/such/%d.png", i)
	}
	if lines := importAll(t, c, paths...); len(lines) != len(paths) {
		t.Errorf("%d lines for %d paths", len(lines), len(paths))
	}
	if err := c.Import(context.Background(), nil, nil); err != nil {
		t.Errorf("no paths: %v", err)
	}
}

// A server that ends before it has reported everything is not believed.
func TestImportCutShort(t *testing.T) {
	for name, body := range map[string]string{"nothing": "", "one line": `{"path":"/a","id":"1","status":"added"}` + "\n", "half a line": `{"path":`, "no JSON": "<h1>"} {
		h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) })
		c := api.NewClient("http://localhost", "", api.InProcess(h))
		err := c.Import(context.Background(), []string{"/a", "/b"}, func(api.ImportResult) {})
		if err == nil || !strings.Contains(err.Error(), "of 2 files") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Pictures uploaded and imported at the same time, all of the same content, are
// one image with all their files.
func TestSamePictureAtOnce(t *testing.T) {
	h := newHandler(t, nil)
	dir := t.TempDir()
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			if a := send(t, h, upload("/v1/images", file{fmt.Sprint(i, ".png"), pngOf(1)})); a.status != 200 && a.status != 201 {
				t.Errorf("%d %s", a.status, a.body)
			}
		})
		all.Go(func() {
			path := writeFile(t, dir, fmt.Sprint(i, ".png"), pngOf(1))
			if a := send(t, h, importRequest(path)); a.status != 200 || bytes.Contains(a.body, []byte("error")) {
				t.Errorf("%d %s", a.status, a.body)
			}
		})
	}
	all.Wait()
	var stats api.Stats
	decode(t, get(t, h, "/v1/stats").body, &stats)
	var dup api.Duplicates
	decode(t, get(t, h, "/v1/duplicates").body, &dup)
	if stats.Images != 1 || stats.Nodes != 1 || len(dup.Exact) != 1 || len(dup.Exact[0].Image.Files) != stats.Files {
		t.Errorf("%+v, %+v", stats, dup)
	}
	names := map[string]bool{}
	for _, f := range dup.Exact[0].Image.Files {
		names[f.Path] = true
	}
	for i := range 8 {
		if !names[filepath.Join(dir, fmt.Sprint(i, ".png"))] {
			t.Errorf("no file %d in %v", i, slices.Sorted(maps.Keys(names)))
		}
	}
}

// Every line of an answer is as openapi.yaml has it.
func TestImportLines(t *testing.T) {
	h := newHandler(t, nil)
	a := send(t, h, importRequest(append(manyPaths(t, 5), "/none")...))
	for line := range bytes.Lines(a.body) {
		var fields map[string]any
		if err := json.Unmarshal(line, &fields); err != nil {
			t.Fatal(err)
		}
		_, id := fields["id"]
		_, failed := fields["error"]
		if fields["path"] == nil || id == failed || failed == (fields["status"] != nil) || len(fields) != 2+btoi(id) {
			t.Errorf("line %s", line)
		}
		if err := conforms(importRequest("/x"), answer{200, a.header, line}); err != nil {
			t.Errorf("line %s: %v", line, err)
		}
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
