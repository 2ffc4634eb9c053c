package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"lookalike/api"
	"lookalike/internal/imageio"
)

// Each limit is tried at the limit and one beyond.
func TestUploadLimits(t *testing.T) {
	picture := pngOf(1)
	size := int64(len(picture))
	one := upload("/v1/images", file{"a.png", picture})
	cases := []struct {
		name           string
		limits, beyond api.Limits
		request        func() *http.Request
		status         int
		want           string
	}{
		{"bytes of a picture", api.Limits{Picture: imageio.Limits{MaxBytes: size}}, api.Limits{Picture: imageio.Limits{MaxBytes: size - 1}},
			func() *http.Request { return upload("/v1/images", file{"a.png", picture}) }, 413, "a.png"},
		{"pixels", api.Limits{Picture: imageio.Limits{MaxPixels: 96 * 64}}, api.Limits{Picture: imageio.Limits{MaxPixels: 96*64 - 1}},
			func() *http.Request { return upload("/v1/images", file{"a.png", picture}) }, 413, "96"},
		{"body", api.Limits{BodyBytes: one.ContentLength}, api.Limits{BodyBytes: one.ContentLength - 1},
			func() *http.Request { return upload("/v1/images", file{"a.png", picture}) }, 413, fmt.Sprint(one.ContentLength - 1)},
		{"body of unknown length", api.Limits{BodyBytes: one.ContentLength}, api.Limits{BodyBytes: one.ContentLength - 1},
			func() *http.Request {
				r := upload("/v1/images", file{"a.png", picture})
				r.ContentLength = -1
				return r
			}, 413, fmt.Sprint(one.ContentLength - 1)},
		{"files", api.Limits{Files: 2}, api.Limits{Files: 1},
			func() *http.Request { return upload("/v1/images", file{"a.png", picture}, file{"b.png", pngOf(2)}) }, 413, "limit of 1"},
		{"name", api.Limits{Name: 5}, api.Limits{Name: 4},
			func() *http.Request { return upload("/v1/images", file{"a.png", picture}) }, 400, "limit is 4"},
		{"k", api.Limits{K: 2}, api.Limits{K: 1},
			func() *http.Request { return upload("/v1/search?k=2", file{"a.png", picture}) }, 400, "from 1 to 1"},
		{"page", api.Limits{PageSize: 2}, api.Limits{PageSize: 1},
			func() *http.Request { return newRequest("GET", "/v1/images?limit=2", nil) }, 400, "from 1 to 1"},
		{"groups", api.Limits{Groups: 2}, api.Limits{Groups: 1},
			func() *http.Request { return newRequest("GET", "/v1/duplicates?limit=2", nil) }, 400, "from 1 to 1"},
		{"path", api.Limits{Path: 4}, api.Limits{Path: 3},
			func() *http.Request { return newRequest("GET", "/v1/images?path=/abc", nil) }, 400, "limit is 3"},
		{"paths of an import", api.Limits{ImportPaths: 2}, api.Limits{ImportPaths: 1},
			func() *http.Request { return importRequest("/x", "/y") }, 413, "limit is 1"},
		{"path of an import", api.Limits{Path: 2}, api.Limits{Path: 1},
			func() *http.Request { return importRequest("/x", "/y") }, 400, "limit is 1"},
		{"body of an import", api.Limits{ImportBytes: 21}, api.Limits{ImportBytes: 20},
			func() *http.Request { return importRequest("/x", "/y") }, 413, "limit of 20"},
	}
	e := openEngine(t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			within := newHandler(t, func(cfg *api.Config) { cfg.Engine, cfg.Limits = e, c.limits })
			if a := send(t, within, c.request()); a.status >= 300 {
				t.Errorf("at the limit: %d %s", a.status, a.body)
			}
			beyond := newHandler(t, func(cfg *api.Config) { cfg.Engine, cfg.Limits = e, c.beyond })
			a := send(t, beyond, c.request())
			if p := a.problem(t); p.Status != c.status || !strings.Contains(p.Detail, c.want) {
				t.Errorf("beyond the limit: %d %q, want %d with %q", p.Status, p.Detail, c.status, c.want)
			}
		})
	}
}

// importRequest makes the owner's import of some paths.
func importRequest(paths ...string) *http.Request {
	body, err := json.Marshal(api.ImportRequest{Paths: paths})
	if err != nil {
		panic(err)
	}
	return newRequest("POST", "/v1/import", bytes.NewReader(body), "Content-Type", "application/json", "Authorization", "Bearer "+testToken)
}

// One picture over its limit does not take the others with it, and the order is kept.
func TestOnePictureTooLarge(t *testing.T) {
	h := newHandler(t, func(c *api.Config) { c.Limits.Picture.MaxPixels = 96 * 64 })
	large := encodePNG(image.NewGray(image.Rect(0, 0, 97, 64)))
	a := send(t, h, upload("/v1/images", file{"a.png", pngOf(1)}, file{"large.png", large}, file{"b.png", pngOf(2)}, file{"bad", []byte("x")}))
	var got api.Added
	decode(t, a.body, &got)
	if len(got.Images) != 2 || got.Images[1].Path != "b.png" || len(got.Failures) != 2 || got.Failures[0].Path != "large.png" {
		t.Errorf("%d %s", a.status, a.body)
	}
	a = send(t, h, upload("/v1/images", file{"large.png", large}, file{"bad", []byte("x")}))
	if p := a.problem(t); p.Status != 422 || len(p.Failures) != 2 {
		t.Errorf("failures of two kinds: %+v", p)
	}
	a = send(t, h, upload("/v1/images", file{"large.png", large}, file{"large 2.png", large}))
	if p := a.problem(t); p.Status != 413 || len(p.Failures) != 2 {
		t.Errorf("failures of one kind: %+v", p)
	}
}

// A request that goes wrong after a batch was stored says that it was.
func TestStoredBeforeMistake(t *testing.T) {
	h := newHandler(t, func(c *api.Config) { c.Limits.Files = 32 })
	files := make([]file, 33)
	for i := range files {
		files[i] = file{fmt.Sprint(i, ".png"), pngOf(uint64(i) % 2)}
	}
	p := send(t, h, upload("/v1/images", files...)).problem(t)
	if p.Status != 413 || !strings.Contains(p.Detail, "32 pictures before it are stored") {
		t.Errorf("%+v", p)
	}
	var list api.ImageList
	decode(t, get(t, h, "/v1/images").body, &list)
	if list.Total != 2 {
		t.Errorf("%d images are stored, want 2", list.Total)
	}
}

// However many upload at once, each gets its turn at the memory there is.
func TestUploadMemoryIsShared(t *testing.T) {
	h := newHandler(t, func(c *api.Config) { c.Limits.UploadMemory = 1000 })
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			if a := send(t, h, upload("/v1/images", file{"a.png", pngOf(uint64(i))})); a.status != 201 {
				t.Errorf("%d %s", a.status, a.body)
			}
		})
	}
	all.Wait()
}

// A request that takes too long ends with the limit in its answer.
func TestRequestTime(t *testing.T) {
	h := newHandler(t, func(c *api.Config) { c.Limits.Request, c.Limits.Upload = time.Nanosecond, time.Nanosecond })
	for _, r := range []*http.Request{
		newRequest("GET", "/v1/images/1/similar", nil),
		newRequest("DELETE", "/v1/images/1", nil),
		upload("/v1/search", file{"a.png", pngOf(1)}),
		upload("/v1/images", file{"a.png", pngOf(1)}),
	} {
		p := send(t, h, r).problem(t)
		if p.Status != 503 || !strings.Contains(p.Detail, "limit of 1ns") {
			t.Errorf("%s %s: %+v", r.Method, r.URL, p)
		}
	}
}

// trickle is a body of which a byte comes now and then, or none.
type trickle struct {
	every time.Duration
	left  int
	stop  chan struct{}
}

func (b *trickle) Read(p []byte) (int, error) {
	if b.left--; b.left < 0 {
		<-b.stop
		return 0, io.EOF
	}
	time.Sleep(b.every)
	p[0] = '-'
	return 1, nil
}

// A body that stands still, or takes too long in all, is refused; one that is
// slow but moves is read.
func TestSlowBodies(t *testing.T) {
	for _, c := range []struct {
		name, path, kind string
		limits           api.Limits
		body             *trickle
		want             string
	}{
		{"stands still", "/v1/images", "multipart/form-data; boundary=b", api.Limits{Stall: 50 * time.Millisecond}, &trickle{}, "for 50ms; that is the limit"},
		{"import stands still", "/v1/import", "application/json", api.Limits{Stall: 50 * time.Millisecond}, &trickle{}, "for 50ms; that is the limit"},
		{"takes too long", "/v1/search", "multipart/form-data; boundary=b", api.Limits{Stall: time.Minute, Upload: 300 * time.Millisecond}, &trickle{every: 10 * time.Millisecond, left: 1 << 30}, "limit of 300ms"},
	} {
		t.Run(c.name, func(t *testing.T) {
			url, transport := serveHTTP(t, newHandler(t, func(cfg *api.Config) { cfg.Limits = c.limits }))
			c.body.stop = make(chan struct{})
			defer close(c.body.stop)
			r := newRequest("POST", url+c.path, c.body, "Content-Type", c.kind, "Authorization", "Bearer "+testToken)
			r.RequestURI = ""
			resp, err := transport.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(resp.Body)
			resp.Body.Close()
			p := answer{resp.StatusCode, resp.Header, body}.problem(t)
			if p.Status != 408 || !strings.Contains(p.Detail, c.want) {
				t.Errorf("%+v, want %q", p, c.want)
			}
		})
	}
}
