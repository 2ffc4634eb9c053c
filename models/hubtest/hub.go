// Package hubtest is a Hugging Face style hub on 127.0.0.1 for tests. It speaks the API of the real one as far as model
// downloads need it, redirects large files to another host, and misbehaves on request.
//
//	/api/models/ORG/NAME/revision/REV      commit, names, sizes, checksums
//	/ORG/NAME/resolve/REV/FILE             the file, or a redirect to CDN/SHA256
//
// Nothing is asked of any other machine.
package hubtest

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Hub is the server. Set its fields before the first request.
type Hub struct {
	URL     string
	CDN     string // another host: the same machine on another port
	Token   string // when set, requests to the hub need it
	NoAPI   bool   // a mirror that has the files only
	NoBlobs bool   // an API that lists names without sizes and checksums
	Direct  bool   // large files come from the hub itself

	mu       sync.Mutex
	repos    map[string]*repo // ORG/NAME
	objects  map[string][]byte
	faults   map[string][]Fault
	requests []Request
}

// Request is one that the hub or its CDN received.
type Request struct {
	CDN                                             bool
	Method, Path, Range, IfRange, Auth, UA, Referer string
}

type repo struct {
	commit string
	files  map[string][]byte
}

// New starts a hub that ends with the test.
func New(t testing.TB) *Hub {
	h := &Hub{repos: map[string]*repo{}, objects: map[string][]byte{}, faults: map[string][]Fault{}}
	hub := httptest.NewServer(h.faulty(false, h.serveHub))
	cdn := httptest.NewServer(h.faulty(true, h.serveCDN))
	t.Cleanup(hub.Close)
	t.Cleanup(cdn.Close)
	h.URL, h.CDN = hub.URL, cdn.URL
	return h
}

// Add puts a repository there, or a new commit of it, and returns the commit.
func (h *Hub) Add(id string, files map[string][]byte) (commit string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	sum := sha1.New()
	for _, name := range sorted(files) {
		fmt.Fprintf(sum, "%s %s %x\n", id, name, sha256.Sum256(files[name]))
		h.objects[SHA256(files[name])] = files[name]
	}
	commit = hex.EncodeToString(sum.Sum(nil))
	h.repos[id] = &repo{commit, files}
	return commit
}

// Inject makes the next requests for a file of that name (or a path with that end) go wrong, one fault each.
func (h *Hub) Inject(name string, faults ...Fault) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.faults[name] = append(h.faults[name], faults...)
}

// Requests are those so far whose path contains part.
func (h *Hub) Requests(method, part string) (list []Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, r := range h.requests {
		if r.Method == method && strings.Contains(r.Path, part) {
			list = append(list, r)
		}
	}
	return list
}

// faulty notes a request and lets the next fault have it.
func (h *Hub) faulty(cdn bool, serve http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		h.requests = append(h.requests, Request{cdn, r.Method, r.URL.Path, r.Header.Get("Range"), r.Header.Get("If-Range"),
			r.Header.Get("Authorization"), r.UserAgent(), r.Referer()})
		var fault Fault
		for name, queue := range h.faults {
			if strings.HasSuffix(r.URL.Path, name) && len(queue) > 0 && r.Method == http.MethodGet {
				fault, h.faults[name] = queue[0], queue[1:]
				break
			}
		}
		h.mu.Unlock()
		if fault != nil {
			fault(w, r, serve)
			return
		}
		serve(w, r)
	}
}

func (h *Hub) serveHub(w http.ResponseWriter, r *http.Request) {
	if h.Token != "" && r.Header.Get("Authorization") != "Bearer "+h.Token {
		w.Header().Set("X-Error-Message", "Invalid username or password.")
		http.Error(w, "", http.StatusUnauthorized)
		return
	}
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/"), "/")
	api := len(parts) >= 6 && parts[0] == "api"
	switch {
	case api && !h.NoAPI:
		if at := h.at(parts[2]+"/"+parts[3], strings.Join(parts[5:], "/")); at != nil {
			h.describe(w, at)
			return
		}
	case len(parts) == 5 && parts[2] == "resolve":
		if at := h.at(parts[0]+"/"+parts[1], parts[3]); at != nil && at.files[parts[4]] != nil {
			h.resolve(w, r, at, parts[4])
			return
		}
	}
	w.Header().Set("X-Error-Message", "not here")
	http.Error(w, "<html>not here</html>", http.StatusNotFound)
}

// at finds a commit; only the newest is kept.
func (h *Hub) at(id, revision string) *repo {
	h.mu.Lock()
	defer h.mu.Unlock()
	if at := h.repos[id]; at != nil && (revision == "main" || revision == "refs/pr/1" || revision == at.commit) {
		return at
	}
	return nil
}

func (h *Hub) describe(w http.ResponseWriter, at *repo) {
	type lfs struct {
		SHA256 string `json:"sha256"`
		Size   int    `json:"size"`
	}
	type sibling struct {
		Name string `json:"rfilename"`
		Size int    `json:"size,omitempty"`
		Blob string `json:"blobId,omitempty"`
		LFS  *lfs   `json:"lfs,omitempty"`
	}
	list := []sibling{{Name: ".gitattributes"}}
	for _, name := range sorted(at.files) {
		s := sibling{Name: name}
		if data := at.files[name]; !h.NoBlobs {
			s.Size, s.Blob = len(data), GitSHA1(data)
			if large(name) {
				s.LFS = &lfs{SHA256(data), len(data)}
			}
		}
		list = append(list, s)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(map[string]any{"sha": at.commit, "siblings": list})
}

func (h *Hub) resolve(w http.ResponseWriter, r *http.Request, at *repo, name string) {
	data := at.files[name]
	w.Header().Set("X-Repo-Commit", at.commit)
	if !large(name) {
		w.Header().Set("ETag", `"`+GitSHA1(data)+`"`)
		serve(w, r, data)
		return
	}
	w.Header().Set("X-Linked-Size", fmt.Sprint(len(data)))
	w.Header().Set("X-Linked-Etag", `"`+SHA256(data)+`"`)
	if h.Direct {
		w.Header().Set("ETag", `"`+SHA256(data)+`"`)
		serve(w, r, data)
		return
	}
	w.Header().Set("Location", h.CDN+"/"+SHA256(data)+"/"+name+"?signature=secret")
	w.WriteHeader(http.StatusFound)
}

// serveCDN serves objects by checksum, under ETags of its own as such hosts do.
func (h *Hub) serveCDN(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	data := h.objects[path.Base(path.Dir(r.URL.Path))]
	h.mu.Unlock()
	if data == nil {
		http.Error(w, "no such object", http.StatusNotFound)
		return
	}
	w.Header().Set("ETag", `"`+SHA256(data)[:16]+`-3"`)
	serve(w, r, data)
}

func serve(w http.ResponseWriter, r *http.Request, data []byte) {
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/octet-stream")
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
}

// large files are kept by checksum, as Git LFS does.
func large(name string) bool {
	return slices.Contains([]string{".safetensors", ".bin", ".pth"}, path.Ext(name))
}

// SHA256 is the hexadecimal sum of data.
func SHA256(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// GitSHA1 is the name that git gives a blob.
func GitSHA1(data []byte) string {
	sum := sha1.Sum(append(fmt.Appendf(nil, "blob %d\x00", len(data)), data...))
	return hex.EncodeToString(sum[:])
}

func sorted(files map[string][]byte) (names []string) {
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
