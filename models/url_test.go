package models

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"lookalike/models/hubtest"
)

// fileServer serves one file whose content and name of its version can change, with faults of hubtest.
type fileServer struct {
	*httptest.Server
	mu      sync.Mutex
	data    []byte
	etag    string
	date    time.Time
	faults  []hubtest.Fault
	headers []http.Header
}

func newFileServer(t *testing.T, data []byte) *fileServer {
	t.Helper()
	f := &fileServer{data: data, etag: `"one"`}
	f.Server = httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(f.Close)
	return f
}

func (f *fileServer) serve(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	data, etag, date := f.data, f.etag, f.date
	fault := hubtest.None()
	if len(f.faults) > 0 {
		fault, f.faults = f.faults[0], f.faults[1:]
	}
	f.headers = append(f.headers, r.Header.Clone())
	f.mu.Unlock()
	fault(w, r, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/octet-stream")
		if etag != "" {
			w.Header().Set("ETag", etag)
		}
		http.ServeContent(w, r, "", date, bytes.NewReader(data))
	})
}

// last is the newest request's header.
func (f *fileServer) last() http.Header { return f.headers[len(f.headers)-1] }

// weights are bytes that look like no web page.
func weights(seed byte) []byte {
	data := make([]byte, 300_000)
	for i := range data {
		data[i] = byte(i*7) ^ seed
	}
	return data
}

func TestPullURL(t *testing.T) {
	s, data := newSite(t), weights(1)
	f := newFileServer(t, data)
	f.faults = []hubtest.Fault{hubtest.Cut(100_000)}
	q := Request{Source: f.URL + "/dino/dino%20vit.pth?signature=secret"}
	var opened string
	m, already, err := s.folder.Pull(t.Context(), s.client, q, func(path string) (Facts, error) {
		opened = path
		return Facts{Dim: 3}, nil
	})
	if err != nil || already {
		t.Fatal(already, err)
	}
	if m.Name != "dino-vit" || m.Source != f.URL+"/dino/dino%20vit.pth" || filepath.Base(opened) != "dino-vit" || m.Files[0].Name != "dino vit.pth" || m.Files[0].SHA256 != hubtest.SHA256(data) {
		t.Errorf("manifest %+v, opened %q", m, opened)
	}
	if got := read(t, filepath.Join(s.folder.Path(m), "dino vit.pth")); !bytes.Equal(got, data) {
		t.Error("other bytes")
	}
	if h := f.last(); h.Get("Range") != "bytes=100000-" || h.Get("If-Range") != `"one"` || h.Get("Accept-Encoding") != "identity" {
		t.Errorf("resumed with %v", h)
	}
	before := len(f.headers)
	if _, already, err := s.folder.Pull(t.Context(), s.client, q, anything); err != nil || !already || len(f.headers) != before {
		t.Errorf("again: already %v, %v, %d requests", already, err, len(f.headers)-before)
	}
	if left, _ := filepath.Glob(filepath.Join(s.folder.Dir, downloadsDir, "*", "*")); len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
}

// TestURLChanged: the file became another one between two runs. Its version's name, or where it has none its date,
// tells; without either nothing is resumed.
func TestURLChanged(t *testing.T) {
	for name, c := range map[string]struct {
		etag    [2]string
		date    time.Time
		ifRange string
	}{
		"ETag":      {[2]string{`"one"`, `"two"`}, time.Time{}, `"one"`},
		"date":      {[2]string{"", ""}, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), "Fri, 02 Jan 2026 03:04:05 GMT"},
		"weak ETag": {[2]string{`W/"one"`, `W/"two"`}, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), "Fri, 02 Jan 2026 03:04:05 GMT"},
		"neither":   {[2]string{"", ""}, time.Time{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s, f := newSite(t), newFileServer(t, weights(1))
			s.client.patience.tries = 1
			f.etag, f.date = c.etag[0], c.date
			f.faults = []hubtest.Fault{hubtest.Cut(100_000)}
			q := Request{Source: f.URL + "/x.bin"}
			if _, _, err := s.folder.Pull(t.Context(), s.client, q, anything); !errors.Is(err, ErrNetwork) {
				t.Fatal("cut:", err)
			}
			f.data, f.etag = weights(2), c.etag[1]
			if !f.date.IsZero() {
				f.date = f.date.Add(time.Hour)
			}
			m, _, err := s.folder.Pull(t.Context(), s.client, q, anything)
			if err != nil || m.Files[0].SHA256 != hubtest.SHA256(weights(2)) {
				t.Fatalf("%v: a mixture, or %v", m.Files, err)
			}
			if h := f.last(); h.Get("If-Range") != c.ifRange || (h.Get("Range") != "") != (c.ifRange != "") {
				t.Errorf("second run asked with %v", h)
			}
		})
	}
}

// TestURLMixed: a server that gives the rest of another version than was asked for is asked for all of it.
func TestURLMixed(t *testing.T) {
	for name, etags := range map[string][2]string{"ETag": {`"one"`, `"two"`}, "date": {"", ""}} {
		t.Run(name, func(t *testing.T) {
			s, f := newSite(t), newFileServer(t, weights(1))
			f.etag = etags[0]
			if name == "date" {
				f.date = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
			}
			f.faults = []hubtest.Fault{
				func(w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
					defer func() {
						f.mu.Lock()
						f.data, f.etag, f.date = weights(2), etags[1], f.date.Add(time.Hour)
						f.mu.Unlock()
					}()
					hubtest.Cut(100_000)(w, r, serve)
				},
				hubtest.Regardless(),
			}
			m, _, err := s.folder.Pull(t.Context(), s.client, Request{Source: f.URL + "/x.bin"}, anything)
			if err != nil || m.Files[0].SHA256 != hubtest.SHA256(weights(2)) {
				t.Fatalf("%v: a mixture, or %v", m.Files, err)
			}
			if notes := strings.Join(s.notes.texts, "\n"); !strings.Contains(notes, "the rest of another version") {
				t.Errorf("said: %s", notes)
			}
		})
	}
}

// TestURLComplete: the process died when all bytes were there, before they had their name.
func TestURLComplete(t *testing.T) {
	s, f := newSite(t), newFileServer(t, weights(1))
	q := Request{Source: f.URL + "/x.bin"}
	c, err := s.client.client()
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	full := errors.New("disk full")
	if _, _, err := s.folder.Pull(t.Context(), s.client, q, func(string) (Facts, error) { return Facts{}, full }); !errors.Is(err, full) {
		t.Fatal(err)
	}
	part := filepath.Join(t.TempDir(), "part")
	write(t, part, weights(1))
	write(t, part+".version", []byte(`"one"`))
	if err := c.fetch(t.Context(), &download{url: q.Source, name: "x", part: part, size: -1}); err != nil {
		t.Fatal(err)
	}
	if h := f.last(); h.Get("Range") != "bytes=300000-" || !bytes.Equal(read(t, part), weights(1)) {
		t.Errorf("asked for %q, or other bytes", h.Get("Range"))
	}
}

func TestURLRefused(t *testing.T) {
	sum := hubtest.SHA256(weights(1))
	for name, c := range map[string]struct {
		fault  hubtest.Fault
		sha256 string
		probe  Probe
		err    error
	}{
		"as it should be": {hubtest.None(), "", anything, nil},
		"right checksum":  {hubtest.None(), strings.ToUpper(sum), anything, nil},
		"wrong checksum":  {hubtest.None(), strings.Repeat("0", 64), anything, ErrContent},
		"wrong bytes":     {hubtest.Wrong(), sum, anything, ErrContent},
		"no length":       {hubtest.Header("Content-Length", ""), "", anything, ErrContent},
		"a page":          {hubtest.Page("text/html"), "", anything, ErrContent},
		"a page in bytes": {hubtest.Page("application/octet-stream"), "", anything, ErrContent},
		"nothing":         {hubtest.Status(404), "", anything, ErrNotFound},
		"not for us":      {hubtest.Status(403), "", anything, ErrDenied},
		"not a model":     {hubtest.None(), "", opens, ErrUnusable},
		"enormous":        {hubtest.Header("Content-Length", "99999999999999"), "", anything, ErrContent},
		"empty":           {hubtest.Header("Content-Length", "0"), "", anything, ErrContent},
	} {
		t.Run(name, func(t *testing.T) {
			s, f := newSite(t), newFileServer(t, weights(1))
			s.client.Token = "hf_secret" // which is the hub's
			f.faults = []hubtest.Fault{c.fault}
			m, _, err := s.folder.Pull(t.Context(), s.client, Request{Source: f.URL + "/x.pth", SHA256: c.sha256, Name: "x"}, c.probe)
			if c.err == nil && (err != nil || m.Files[0].SHA256 != sum) || !errors.Is(err, c.err) {
				t.Errorf("%v, %v; want %v", m.Files, err, c.err)
			}
			if _, err := s.folder.Get("x"); c.err != nil && !errors.Is(err, ErrNotInstalled) {
				t.Errorf("installed all the same: %v", err)
			}
			if f.last().Get("Authorization") != "" {
				t.Error("the hub's token went elsewhere")
			}
		})
	}
}

// TestURLTaken: the name is another model's; what was downloaded is kept for another name.
func TestURLTaken(t *testing.T) {
	s, f := newSite(t), newFileServer(t, weights(1))
	if _, _, err := s.pull(t.Context(), anything); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.folder.Pull(t.Context(), s.client, Request{Source: f.URL + "/x.pth", Name: "tiny-vit"}, anything); !errors.Is(err, ErrExists) {
		t.Errorf("over another model: %v", err)
	}
	if _, err := os.Stat(filepath.Join(s.folder.Dir, "tiny-vit", weightsFile)); err != nil {
		t.Error(err)
	}
}

// TestURLChecksum: with a checksum no name of the version is asked for, and bytes of another file are found out.
func TestURLChecksum(t *testing.T) {
	s, f := newSite(t), newFileServer(t, weights(1))
	s.client.patience.tries = 1
	f.faults = []hubtest.Fault{hubtest.Cut(100_000)}
	q := Request{Source: f.URL + "/x.bin", SHA256: hubtest.SHA256(weights(2))}
	if _, _, err := s.folder.Pull(t.Context(), s.client, q, anything); !errors.Is(err, ErrNetwork) {
		t.Fatal("cut:", err)
	}
	f.data = weights(2)
	if _, _, err := s.folder.Pull(t.Context(), s.client, q, anything); err != nil {
		t.Fatal(err)
	}
	if h := f.headers[1]; h.Get("Range") != "bytes=100000-" || h.Get("If-Range") != "" {
		t.Errorf("second run asked with %v", h)
	}
	if len(s.notes.texts) != 1 || !strings.Contains(s.notes.texts[0], "of another file: starting over") || f.last().Get("Range") != "" {
		t.Errorf("notes %q, last request %v", s.notes.texts, f.last())
	}
}

func TestWithoutSecrets(t *testing.T) {
	for in, want := range map[string]string{
		"https://user:pw@host/a.pth?X-Sig=1#f": "https://host/a.pth",
		"http://host:1/a%20b.bin":              "http://host:1/a%20b.bin",
		"http://[::1":                          "a URL that cannot be read",
	} {
		if got := withoutSecrets(in); got != want {
			t.Errorf("withoutSecrets(%q) = %q, want %q", in, got, want)
		}
	}
}
