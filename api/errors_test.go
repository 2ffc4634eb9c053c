package api_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"lookalike/api"
	"lookalike/encoder"
	"lookalike/engine"
	"lookalike/internal/attention"
)

// failingEngine is the real engine whose every operation fails.
type failingEngine struct {
	*engine.Engine
	err   error
	panic bool
}

func (e *failingEngine) fail() error {
	if e.panic {
		panic(e.err)
	}
	return e.err
}

func (e *failingEngine) AddBatch(_ context.Context, sources []engine.Source) []engine.AddResult {
	results := make([]engine.AddResult, len(sources))
	for i := range results {
		results[i] = engine.AddResult{Path: sources[i].Name + sources[i].Path, Err: e.fail()}
	}
	return results
}
func (e *failingEngine) Get(uint64) (engine.Image, error) { return engine.Image{}, e.fail() }
func (e *failingEngine) List(uint64, int) ([]engine.Image, uint64, error) {
	return nil, 0, e.fail()
}
func (e *failingEngine) ListIn(engine.Filter, uint64, int) ([]engine.Image, uint64, int, error) {
	return nil, 0, 0, e.fail()
}
func (e *failingEngine) FindPath(string) (engine.Image, error) { return engine.Image{}, e.fail() }
func (e *failingEngine) Delete(context.Context, ...uint64) ([]uint64, error) {
	return nil, e.fail()
}
func (e *failingEngine) Thumbnail(uint64) ([]byte, error) { return nil, e.fail() }
func (e *failingEngine) Original(uint64) (io.ReadSeekCloser, engine.Image, error) {
	return nil, engine.Image{}, e.fail()
}
func (e *failingEngine) Attention(context.Context, uint64) (attention.View, error) {
	return attention.View{}, e.fail()
}
func (e *failingEngine) SearchImage(context.Context, string, []byte, engine.Query) ([]engine.Match, error) {
	return nil, e.fail()
}
func (e *failingEngine) SearchID(context.Context, uint64, engine.Query) ([]engine.Match, error) {
	return nil, e.fail()
}
func (e *failingEngine) Duplicates(context.Context, engine.DuplicateQuery) (engine.Duplicates, error) {
	return engine.Duplicates{}, e.fail()
}
func (e *failingEngine) EachDuplicate(context.Context, engine.DuplicateQuery, engine.DuplicateVisitor) error {
	return e.fail()
}
func (e *failingEngine) Stats() (engine.Stats, error) { return engine.Stats{}, e.fail() }
func (e *failingEngine) MeasureRecall(context.Context) (engine.Recall, error) {
	return engine.Recall{}, e.fail()
}
func (e *failingEngine) Check(context.Context) (engine.Report, error) {
	return engine.Report{}, e.fail()
}
func (e *failingEngine) Reembedding(int) (engine.Reembedding, error) {
	return engine.Reembedding{}, e.fail()
}
func (e *failingEngine) CancelReembedding() error { return e.fail() }
func (e *failingEngine) Compact(context.Context, engine.Progress) (engine.Compacted, error) {
	return engine.Compacted{}, e.fail()
}
func (e *failingEngine) ListFolders() ([]engine.FolderCount, error) {
	return nil, e.fail()
}
func (e *failingEngine) Backup(context.Context, io.Writer) error { return e.fail() }
func (e *failingEngine) Model() encoder.Model                    { return encoder.Model{} }

// everyRoute requests each operation of the engine.
var everyRoute = []string{
	"POST /v1/images", "GET /v1/images", "GET /v1/images?path=/x", "GET /v1/images?format=png", "GET /v1/folders", "GET /v1/images/1", "DELETE /v1/images/1", "GET /v1/images/1/thumbnail",
	"GET /v1/images/1/original", "GET /v1/images/1/attention", "GET /v1/images/1/similar", "POST /v1/search", "GET /v1/duplicates", "GET /v1/stats", "GET /v1/recall", "GET /v1/model/reembedding", "DELETE /v1/model/reembedding", "GET /v1/check", "GET /v1/backup", "POST /v1/compact",
}

// request makes one of everyRoute.
func requestRoute(route string) (method, target string, body io.Reader, header []string) {
	method, target, _ = strings.Cut(route, " ")
	header = []string{"Authorization", "Bearer " + testToken}
	if method == "POST" {
		data, contentType := form(file{"a.png", pngOf(1)})
		return method, target, bytes.NewReader(data), append(header, "Content-Type", contentType)
	}
	return method, target, nil, header
}

// An error that is in no row of the table, and a panic, are logged and hidden.
func TestInternalErrors(t *testing.T) {
	for name, panics := range map[string]bool{"error": false, "panic": true} {
		t.Run(name, func(t *testing.T) {
			var log lockedBuffer
			h := newHandler(t, func(c *api.Config) {
				c.Engine = &failingEngine{err: fmt.Errorf("open /secret/place/lookalike.db: disk on fire"), panic: panics}
				c.Log = slog.New(slog.NewTextHandler(&log, nil))
			})
			for i, route := range everyRoute {
				method, target, body, header := requestRoute(route)
				a := send(t, h, newRequest(method, target, body, header...))
				p := a.problem(t)
				if p.Status != 500 || p.Type != "urn:lookalike:internal" || bytes.Contains(a.body, []byte("secret")) {
					t.Errorf("%s: %s", route, a.body)
				}
				if n := strings.Count(log.String(), "secret"); n < i+1 {
					t.Errorf("%s: the log does not say what happened", route)
				}
			}
			if panics && !strings.Contains(log.String(), "errors_test.go") {
				t.Error("the log of a panic does not say where it happened")
			}
		})
	}
}

// Errors that clients can do something about keep their text.
func TestErrorTable(t *testing.T) {
	for _, c := range []struct {
		err    error
		status int
		name   string
	}{
		{engine.ErrNotFound, 404, "not-found"}, {engine.ErrGone, 410, "gone"}, {engine.ErrQuery, 400, "bad-request"},
		{engine.ErrSource, 400, "bad-request"}, {engine.ErrClosed, 503, "unavailable"}, {context.Canceled, 499, "cancelled"},
		{engine.ErrJob, 409, "conflict"}, {engine.ErrNoModel, 422, "unusable-model"}, {engine.ErrVector, 500, "internal"}, {engine.ErrDamaged, 500, "damaged"}, {io.ErrUnexpectedEOF, 500, "internal"}, {context.DeadlineExceeded, 500, "internal"},
	} {
		h := newHandler(t, func(cfg *api.Config) { cfg.Engine = &failingEngine{err: fmt.Errorf("do the thing: %w", c.err)} })
		for _, route := range everyRoute {
			if errors.Is(c.err, engine.ErrNotFound) && strings.Contains(route, "path=") {
				continue // an empty list
			}
			method, target, body, header := requestRoute(route)
			p := send(t, h, newRequest(method, target, body, header...)).problem(t)
			if p.Status != c.status || p.Type != "urn:lookalike:"+c.name || (c.status != 500) != strings.Contains(p.Detail, "do the thing: ") {
				t.Errorf("%v, %s: %+v", c.err, route, p)
			}
		}
	}
}

// halfway is an engine whose backup fails after its beginning.
type halfway struct{ *engine.Engine }

func (halfway) Backup(_ context.Context, w io.Writer) error {
	io.WriteString(w, strings.Repeat("tar", 10000))
	return errFailing
}

// A backup that fails half-way does not end like a whole one.
func TestBackupHalfway(t *testing.T) {
	half := func(c *api.Config) { c.Engine = halfway{} }
	overBoth(t, half, func(t *testing.T, client func(string) *api.Client) {
		var got bytes.Buffer
		err := client(testToken).Backup(context.Background(), &got)
		if err == nil || !strings.Contains(err.Error(), "incomplete") {
			t.Errorf("%d bytes, %v", got.Len(), err)
		}
	})
}

// Requests are in the log at debug level, without what they hold.
func TestRequestLog(t *testing.T) {
	var log bytes.Buffer
	h := newHandler(t, func(c *api.Config) {
		c.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	h.ServeHTTP(httptest.NewRecorder(), newRequest("GET", "/v1/images/7?x=y", nil, "Authorization", "Bearer hush"))
	for _, want := range []string{"level=DEBUG msg=request method=GET path=/v1/images/7 status=404 bytes=", "took="} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("no %s in %s", want, &log)
		}
	}
	if strings.Contains(log.String(), "hush") {
		t.Errorf("a credential is in the log: %s", &log)
	}
}
