package ui_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"lookalike/api"
	"lookalike/encoder"
	"lookalike/engine"
	"lookalike/internal/pictures"
	"lookalike/ui"
)

// site is a running service with its library.
type site struct {
	url    string
	client *api.Client
	paths  []string    // of the library's files, in the order they were added
	down   atomic.Bool // break every connection, as a stopped server does
	broken atomic.Bool // answer the API with a problem

	model     engine.OpenEncoder                            // nil means the starter
	openModel func(engine.Spec) (engine.OpenEncoder, error) // for a change of model
	engine    *engine.Engine
}

var starter = sync.OnceValues(func() (*encoder.Encoder, error) {
	enc, err := encoder.Starter()
	if err == nil {
		atEnd(func() { enc.Close() })
	}
	return enc, err
})

// newSite serves a library of its own that a test may change.
func newSite(t testing.TB, pics ...picture) *site {
	t.Helper()
	browser(t) // skips before the work is done
	s, stop, err := serve(t.TempDir(), pics)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return s
}

// sharedSite serves 150 pictures to all tests that change nothing.
func sharedSite(t testing.TB) *site {
	t.Helper()
	browser(t)
	s, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const sharedPictures = 150 // more than two pages of the grid

var shared = sync.OnceValues(func() (*site, error) {
	dir, err := os.MkdirTemp("", "lookalike-ui")
	if err != nil {
		return nil, err
	}
	s, stop, err := serve(dir, originals(sharedPictures))
	atEnd(func() {
		if stop != nil {
			stop()
		}
		os.RemoveAll(dir)
	})
	return s, err
})

// serve adds pictures, in order, to a new library in dir and serves it.
func serve(dir string, pics []picture) (*site, func(), error) {
	s := &site{}
	for _, p := range pics {
		path := filepath.Join(dir, "pictures", p.name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return nil, nil, err
		}
		if err := os.WriteFile(path, p.data, 0o644); err != nil {
			return nil, nil, err
		}
		s.paths = append(s.paths, path)
	}
	stop, err := s.serve(filepath.Join(dir, "data"))
	return s, stop, err
}

// serve adds the files at s.paths to the library in dir and serves it.
func (s *site) serve(dir string) (stop func(), err error) {
	enc := s.model
	if enc == nil {
		if enc, err = starter(); err != nil {
			return nil, err
		}
	}
	quiet := slog.New(slog.DiscardHandler)
	eng, err := engine.Open(context.Background(), engine.Config{Dir: dir, Encoder: enc, Log: quiet, OpenModel: s.openModel})
	if err != nil {
		return nil, err
	}
	for _, path := range s.paths { // one at a time: the grid's order is then known
		if _, err := eng.Add(context.Background(), engine.Source{Path: path}); err != nil {
			return nil, err
		}
	}
	s.engine = eng
	handler, err := api.New(api.Config{Engine: eng, UI: ui.FS(), Version: "test", Log: quiet})
	if err != nil {
		return nil, err
	}
	server := httptest.NewServer(s.weak(handler))
	s.url, s.client = server.URL, api.NewClient(server.URL, "", nil)
	return func() { server.Close(); eng.Close() }, nil
}

// weak lets a test take the service down.
func (s *site) weak(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.down.Load() {
			panic(http.ErrAbortHandler)
		}
		if s.broken.Load() && r.URL.Path != "/" {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusInternalServerError)
			fmt.Fprint(w, `{"type":"urn:lookalike:internal","title":"Internal error","status":500,"detail":"the disk is full"}`)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// picture is a file for a library, or for a test to drop on it.
type picture struct {
	name string
	data []byte
}

const side = 96 // pixels; small pictures are quick to make and to look at

func original(seed int) picture {
	return picture{fmt.Sprintf("original %d.jpg", seed), asJPEG(pictures.Make(uint64(seed), side+side*(seed%3)/3, side))}
}

// originals are n pictures that do not look alike.
func originals(n int) []picture {
	all := make([]picture, n)
	for i := range all {
		all[i] = original(i + 1)
	}
	return all
}

// edited is a changed copy of an original.
func edited(seed int, edit string) picture {
	for _, e := range pictures.Edits() {
		if e.Name == edit {
			return picture{fmt.Sprintf("%s %d.jpg", edit, seed), asJPEG(e.Apply(pictures.Make(uint64(seed), side+side*(seed%3)/3, side)))}
		}
	}
	panic("no edit " + edit)
}

// renamed is the same file under another name.
func (p picture) renamed(name string) picture {
	return picture{name, p.data}
}

func asJPEG(img image.Image) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 92}); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// ids are the library's images, newest first, as the API tells them.
func (s *site) ids(t testing.TB) []string {
	t.Helper()
	list, err := s.client.Images(context.Background(), "", 500)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, img := range list.Images {
		ids = append(ids, img.ID)
	}
	return ids
}

// id is the image of the n-th file that was added.
func (s *site) id(t testing.TB, n int) string {
	t.Helper()
	img, found, err := s.client.ImageByPath(context.Background(), s.paths[n])
	if err != nil || !found {
		t.Fatalf("%s: found %v, %v", s.paths[n], found, err)
	}
	return img.ID
}
