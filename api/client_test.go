package api_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lookalike/api"
	"lookalike/engine"
)

// The same client must do the same over a network and in process.
func overBoth(t *testing.T, change func(*api.Config), test func(t *testing.T, c func(token string) *api.Client)) {
	t.Run("http", func(t *testing.T) {
		srv := httptest.NewServer(newHandler(t, change))
		t.Cleanup(srv.Close)
		transport := &http.Transport{}
		t.Cleanup(transport.CloseIdleConnections)
		test(t, func(token string) *api.Client { return api.NewClient(srv.URL, token, transport) })
	})
	t.Run("in process", func(t *testing.T) {
		transport := api.InProcess(newHandler(t, change))
		test(t, func(token string) *api.Client { return api.NewClient("http://localhost", token, transport) })
	})
}

// wantProblem makes sure that an error is a refusal of the service.
func wantProblem(t *testing.T, err error, status int, text string) {
	t.Helper()
	p, ok := errors.AsType[*api.Problem](err)
	if !ok {
		t.Fatalf("error %v (%T), want a problem with status %d", err, err, status)
	}
	if p.Status != status || !strings.Contains(p.Error(), text) {
		t.Errorf("problem %d %q, want %d with %q", p.Status, p.Error(), status, text)
	}
}

// library writes pictures into files: two copies of one, a worse copy, another,
// and something that is no picture.
func library(t *testing.T) (dir string, paths []string) {
	dir = t.TempDir()
	return dir, []string{
		writeFile(t, dir, "a.png", pngOf(1)),
		writeFile(t, dir, "copy of a.png", pngOf(1)),
		writeFile(t, dir, "a.jpg", jpegOf(1, 30)),
		writeFile(t, dir, "sub/b ü?#%2F.png", pngOf(2)),
		writeFile(t, dir, "notes.txt", []byte("no picture")),
	}
}

// importAll imports and returns the lines by path.
func importAll(t *testing.T, c *api.Client, paths ...string) map[string]api.ImportResult {
	t.Helper()
	lines := map[string]api.ImportResult{}
	err := c.Import(context.Background(), paths, func(r api.ImportResult) {
		if _, twice := lines[r.Path]; twice {
			t.Errorf("two lines for %s", r.Path)
		}
		lines[r.Path] = r
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

func TestClient(t *testing.T) {
	overBoth(t, nil, func(t *testing.T, client func(string) *api.Client) {
		c, ctx := client(testToken), context.Background()
		dir, paths := library(t)
		lines := importAll(t, c, paths...)
		checkImport(t, lines, paths)
		a, b := lines[paths[0]].ID, lines[paths[3]].ID

		t.Run("search", func(t *testing.T) { checkSearch(t, c, a, lines[paths[2]].ID) })
		t.Run("look up", func(t *testing.T) { checkLookUp(t, c, paths, b) })
		t.Run("pages", func(t *testing.T) { checkPages(t, c) })
		t.Run("backup", func(t *testing.T) { checkBackup(t, c) })

		dup, err := c.Duplicates(ctx, 0, 0)
		if err != nil || len(dup.Exact) != 1 || len(dup.Exact[0].Image.Files) != 2 || len(dup.Groups) != 1 {
			t.Errorf("duplicates: %+v, %v", dup, err)
		}
		if dup, err = c.Duplicates(ctx, 1, 1); err != nil || dup.Threshold != 1 || len(dup.Groups) != 0 {
			t.Errorf("duplicates of threshold 1: %+v, %v", dup, err)
		}
		checkDuplicateLines(t, c)
		stats, err := c.Stats(ctx)
		if err != nil || stats.Images != 3 || stats.Files != 4 || !stats.Model.Starter || stats.Model.Note == "" {
			t.Errorf("stats: %+v, %v", stats, err)
		}
		os.Remove(filepath.Join(dir, "a.jpg"))
		report, err := c.Check(ctx)
		if err != nil || !report.OK || len(report.Problems) != 0 || !slices.Equal(report.MissingFiles, []string{paths[2]}) {
			t.Errorf("check: %+v, %v", report, err)
		}
		if err := c.Delete(ctx, a); err != nil {
			t.Error(err)
		}
		wantProblem(t, c.Delete(ctx, a), 404, "no image has the id")
		done, err := c.DeleteAll(ctx, []string{b, a, b})
		if err != nil || !slices.Equal(done.Deleted, []string{b}) || !slices.Equal(done.Missing, []string{a}) {
			t.Errorf("deleting many: %+v, %v", done, err)
		}
		if size, err := c.Compact(ctx, nil); err != nil || size.BytesAfter <= 0 || size.BytesAfter > size.BytesBefore {
			t.Errorf("compact: %+v, %v", size, err)
		}
		if _, err := os.Stat(paths[0]); err != nil {
			t.Errorf("deleting touched the imported file: %v", err)
		}
	})
}

func checkImport(t *testing.T, lines map[string]api.ImportResult, paths []string) {
	t.Helper()
	if len(lines) != len(paths) {
		t.Fatalf("%d lines for %d paths", len(lines), len(paths))
	}
	a, again := lines[paths[0]], lines[paths[1]]
	if a.ID != again.ID || a.Status == again.Status {
		t.Errorf("copies: %+v and %+v, want one added and one already there", a, again)
	}
	if bad := lines[paths[4]]; bad.ID != "" || !strings.Contains(bad.Error, "notes.txt: ") {
		t.Errorf("no picture: %+v", bad)
	}
	for _, path := range paths[2:4] {
		if r := lines[path]; r.Status != api.StatusAdded || r.Error != "" {
			t.Errorf("%s: %+v", path, r)
		}
	}
}

// checkDuplicateLines holds an answer in lines against the whole one.
func checkDuplicateLines(t *testing.T, c *api.Client) {
	t.Helper()
	whole, err := c.Duplicates(context.Background(), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	got := api.Duplicates{Unread: []api.Unread{}}
	var last api.Progress
	err = c.EachDuplicate(context.Background(), 0, 0, func(l api.DuplicateLine) error {
		switch {
		case l.Progress != nil:
			last = *l.Progress
		case l.Exact != nil:
			got.Exact = append(got.Exact, *l.Exact)
		case l.Group != nil:
			got.Groups = append(got.Groups, *l.Group)
		default:
			got.Threshold, got.Model = l.Threshold, *l.Model
		}
		return nil
	})
	if diff := cmp.Diff(whole, got); diff != "" || err != nil || last.Done == 0 || last.Done != last.Of {
		t.Errorf("in lines (-whole +lines): %s, %v, progress %+v", diff, err, last)
	}
	stop := errors.New("enough")
	if err := c.EachDuplicate(context.Background(), 0, 1, func(api.DuplicateLine) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("stopped: %v", err)
	}
	wantProblem(t, c.EachDuplicate(context.Background(), 2, 0, nil), 400, "threshold")
}

func checkSearch(t *testing.T, c *api.Client, a, worse string) {
	ctx := context.Background()
	found, err := c.Search(ctx, "some/where/q.jpg", bytes.NewReader(jpegOf(1, 50)), 2, 0.5, "")
	if err != nil || len(found.Results) == 0 || found.Results[0].ID != a && found.Results[0].ID != worse {
		t.Errorf("search: %+v, %v", found, err)
	}
	found, err = c.Similar(ctx, a, 1, 0, "")
	if err != nil || len(found.Results) != 1 || found.Results[0].ID != worse || found.Model.Note == "" {
		t.Errorf("similar: %+v, %v", found, err)
	}
	_, err = c.Search(ctx, "q.txt", strings.NewReader("text"), 0, 0, "")
	wantProblem(t, err, 422, "q.txt: ")
	_, err = c.Search(ctx, "q.jpg", bytes.NewReader(jpegOf(1, 50)), -1, 0, "")
	wantProblem(t, err, 400, "k=")
	_, err = c.Search(ctx, "q.jpg", io.MultiReader(bytes.NewReader(jpegOf(1, 50)), failingReader{}), 0, 0, "")
	if err == nil || !strings.Contains(err.Error(), errFailing.Error()) {
		t.Errorf("search with a body that fails: %v", err)
	}
	_, err = c.Similar(ctx, "9999", 1, 0, "")
	wantProblem(t, err, 404, "9999")
}

var errFailing = errors.New("the disk is on fire")

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, errFailing }

func checkLookUp(t *testing.T, c *api.Client, paths []string, b string) {
	ctx := context.Background()
	image, found, err := c.ImageByPath(ctx, paths[3])
	if err != nil || !found || image.ID != b || image.Path != paths[3] {
		t.Errorf("by path: %+v, %v, %v", image, found, err)
	}
	if _, found, err = c.ImageByPath(ctx, paths[4]); err != nil || found {
		t.Errorf("by a path that is not there: %v, %v", found, err)
	}
	again, err := c.Image(ctx, b)
	if err != nil || again.SHA256 != image.SHA256 || again.Files[0].ModifiedAt == nil {
		t.Errorf("by id: %+v, %v", again, err)
	}
	for _, id := range []string{"999", "no id", "../stats", "a/b", "1?x=y", "%2e", "ü", ""} {
		_, err := c.Image(ctx, id)
		wantProblem(t, err, 404, "")
	}
}

func checkPages(t *testing.T, c *api.Client) {
	var ids []string
	for cursor := ""; ; {
		page, err := c.Images(context.Background(), cursor, 2)
		if err != nil || page.Total != 3 || len(page.Images) > 2 {
			t.Fatalf("page after %q: %+v, %v", cursor, page, err)
		}
		for _, image := range page.Images {
			ids = append(ids, image.ID)
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if slices.Sort(ids); len(slices.Compact(ids)) != 3 {
		t.Errorf("pages hold %v, want 3 images", ids)
	}
	_, err := c.Images(context.Background(), "x", 0)
	wantProblem(t, err, 400, "cursor")
}

func checkBackup(t *testing.T, c *api.Client) {
	var tar bytes.Buffer
	if err := c.Backup(context.Background(), &tar); err != nil {
		t.Fatal(err)
	}
	if err := engine.Restore(filepath.Join(t.TempDir(), "restored"), &tar); err != nil {
		t.Error(err)
	}
	err := c.Backup(context.Background(), failingWriter{})
	if !errors.Is(err, errFailing) {
		t.Errorf("backup to a writer that fails: %v", err)
	}
}

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, errFailing }

func TestClientWithoutToken(t *testing.T) {
	overBoth(t, func(c *api.Config) { c.APIKey = testKey }, func(t *testing.T, client func(string) *api.Client) {
		ctx := context.Background()
		for token, statuses := range map[string][2]int{"": {401, 401}, "wrong": {401, 401}, testKey: {0, 401}, testToken: {0, 0}} {
			c := client(token)
			_, err := c.Stats(ctx)
			wantStatus(t, token, err, statuses[0])
			_, err = c.Check(ctx)
			wantStatus(t, token, err, statuses[1])
			wantStatus(t, token, c.Backup(ctx, io.Discard), statuses[1])
			wantStatus(t, token, c.Import(ctx, []string{"/x"}, func(api.ImportResult) {}), statuses[1])
		}
	})
}

// wantStatus is wantProblem where 0 means no error.
func wantStatus(t *testing.T, name string, err error, status int) {
	t.Helper()
	if status != 0 {
		wantProblem(t, err, status, "")
	} else if err != nil {
		t.Errorf("with %q: %v", name, err)
	}
}

func TestClientCancelled(t *testing.T) {
	overBoth(t, nil, func(t *testing.T, client func(string) *api.Client) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		c := client(testToken)
		_, search := c.Search(ctx, "q.png", bytes.NewReader(pngOf(1)), 0, 0, "")
		_, stats := c.Stats(ctx)
		for name, err := range map[string]error{
			"search": search, "stats": stats, "backup": c.Backup(ctx, io.Discard),
			"import": c.Import(ctx, []string{"/x"}, func(api.ImportResult) { t.Error("a line") }),
		} {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%s: %v, want context.Canceled", name, err)
			}
		}
	})
}

func TestClientWithoutServer(t *testing.T) {
	_, err := api.NewClient("http://127.0.0.1:1", "", nil).Stats(context.Background())
	if err == nil || !strings.Contains(err.Error(), "lookalike server http://127.0.0.1:1: ") {
		t.Errorf("no server: %v", err)
	}
	_, err = api.NewClient("::", "", nil).Stats(context.Background())
	if err == nil {
		t.Error("a base URL that is none is accepted")
	}
}

// What is in front of a server may answer in its own way.
func TestClientBehindProxy(t *testing.T) {
	for _, answer := range []struct {
		status           int
		kind, body, want string
	}{
		{502, "text/html", "<h1>Bad Gateway</h1>", "502 Bad Gateway: <h1>Bad Gateway"},
		{302, "text/plain", "over there", "302 Found: over there"},
		{500, "application/problem+json", "{broken", "500 Internal Server Error: {broken"},
		{503, "application/problem+json", `{"status":503}`, "answered 503"},
		{200, "text/html", "<h1>Log in</h1>", "answer to GET /v1/stats"},
	} {
		h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", answer.kind)
			w.Header().Set("Location", "http://elsewhere.example/")
			w.WriteHeader(answer.status)
			io.WriteString(w, answer.body)
		})
		_, err := api.NewClient("http://x", "secret", api.InProcess(h)).Stats(context.Background())
		if err == nil || !strings.Contains(err.Error(), answer.want) {
			t.Errorf("%d %s: error %v, want %q", answer.status, answer.kind, err, answer.want)
		}
	}
}

func TestProblemError(t *testing.T) {
	p := &api.Problem{Status: 422, Detail: "none stored", Failures: []api.Failure{{Path: "a", Error: "a: bad"}, {Path: "b", Error: "none stored"}}}
	if got, want := p.Error(), "none stored; a: bad"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
