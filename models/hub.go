package models

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// maxListing is the longest answer that the API may give: a repository lists some thousand files at most.
const maxListing = 16 << 20

// Hub is a Hugging Face style hub, or a mirror of one.
type Hub struct {
	Endpoint string // scheme and host, and the path under which a mirror has it
	Token    string // "" asks without one
	Cache    string // folder in the layout that huggingface_hub documents, shared with other programs
	Progress Progress

	silence  time.Duration // 0 is the default, as for patience
	patience patience
}

func isHTTP(u *url.URL) bool { return (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" }

// client returns a new client for this hub, with the defaults for what h leaves open.
func (h *Hub) client() (*client, error) {
	u, err := url.Parse(h.Endpoint)
	if err != nil || !isHTTP(u) {
		return nil, fmt.Errorf("%w: the endpoint must be an http(s) URL", ErrName)
	}
	p := h.Progress
	if p == nil {
		p = Silent{}
	}
	c := newClient(h.Token, originOf(u), p)
	if h.patience.tries > 0 {
		c.patience = h.patience
	}
	if h.silence > 0 {
		c.silence = h.silence
	}
	return c, nil
}

// repo is one commit of a repository.
type repo struct {
	*client
	hub      *Hub
	id       string // ORG/NAME
	revision string // as asked for: a branch, a tag or a commit
	commit   string
	listed   map[string]remote // nil when the hub has no list
}

// remote is a file as the hub describes it.
type remote struct {
	name   string
	size   int64  // -1 when unknown
	digest digest // empty when unknown
}

var (
	repoID   = regexp.MustCompile(`^[A-Za-z0-9][\w.-]{0,95}(/[A-Za-z0-9][\w.-]{0,95})?$`)
	revision = regexp.MustCompile(`^[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)*$`)
	commitID = regexp.MustCompile(`^[0-9a-f]{40}$`)
)

// checkRepo returns ErrName for what cannot be a repository and a revision of it.
func checkRepo(id, rev string) error {
	if !repoID.MatchString(id) || strings.Contains(id, "..") {
		return fmt.Errorf("%w: %q is no repository; write ORG/NAME, such as facebook/dino-vitb16", ErrName, id)
	}
	if !revision.MatchString(rev) || strings.Contains(rev, "..") {
		return fmt.Errorf("%w: %q is no revision; write a branch, a tag or a commit", ErrName, rev)
	}
	return nil
}

// open asks which commit the revision is and what it holds. Both went through checkRepo.
func (h *Hub) open(ctx context.Context, id, rev string) (*repo, error) {
	c, err := h.client()
	if err != nil {
		return nil, err
	}
	r := &repo{client: c, hub: h, id: id, revision: rev}
	if err = r.list(ctx); errors.Is(err, ErrNotFound) {
		err = r.probe(ctx, err) // a mirror may have the files and not the API
	}
	if err != nil {
		r.close()
		return nil, fmt.Errorf("%s at %s: %w", id, rev, err)
	}
	return r, nil
}

// list reads the hub's description of the revision:
//
//	{"sha": COMMIT, "siblings": [
//	  {"rfilename": "config.json", "size": 454, "blobId": GIT'S SHA-1},
//	  {"rfilename": "model.safetensors", "size": ..., "blobId": ..., "lfs": {"sha256": ..., "size": ...}}]}
//
// What Git LFS keeps, as it does all large files, has the SHA-1 of a pointer; its own checksum is in "lfs".
func (r *repo) list(ctx context.Context) error {
	var answer struct {
		SHA      string `json:"sha"`
		Siblings []struct {
			Name string `json:"rfilename"`
			Size *int64 `json:"size"`
			Blob string `json:"blobId"`
			LFS  *struct {
				SHA256 string `json:"sha256"`
				Size   int64  `json:"size"`
			} `json:"lfs"`
		} `json:"siblings"`
	}
	address := r.hub.Endpoint + "/api/models/" + r.id + "/revision/" + url.PathEscape(r.revision) + "?blobs=true"
	if err := r.getJSON(ctx, address, &answer); err != nil {
		return err
	}
	if !commitID.MatchString(answer.SHA) {
		return fmt.Errorf("%w: the hub names no commit", ErrContent)
	}
	r.commit, r.listed = answer.SHA, map[string]remote{}
	for _, s := range answer.Siblings {
		f := remote{name: s.Name, size: -1, digest: digest(s.Blob)}
		if s.Size != nil {
			f.size = *s.Size
		}
		if s.LFS != nil {
			f.size, f.digest = s.LFS.Size, digest(s.LFS.SHA256)
		}
		r.listed[s.Name] = f
	}
	return nil
}

// getJSON reads a short answer into v. It starts over when the connection breaks.
func (c *client) getJSON(ctx context.Context, address string, v any) error {
	return c.retry(ctx, func() (bool, error) {
		resp, err := c.do(ctx, c.follow, http.MethodGet, address, nil)
		if err != nil {
			return false, err
		}
		defer resp.Body.Close()
		data, err := io.ReadAll(io.LimitReader(resp.Body, maxListing+1))
		if err != nil {
			return false, err
		}
		if len(data) > maxListing {
			return false, fmt.Errorf("%w: the answer of %s does not end", ErrContent, resp.Request.URL.Host)
		}
		if err := json.Unmarshal(data, v); err != nil {
			return false, fmt.Errorf("%w: %s answers with something other than a hub does: %w", ErrContent, resp.Request.URL.Host, err)
		}
		return true, nil
	})
}

// probe finds the commit where there is no list, by a file that a model has. absent is what is wrong if it has none.
func (r *repo) probe(ctx context.Context, absent error) error {
	for _, name := range []string{configFile, weightsFile, indexFile, pytorchFile} {
		head, err := r.head(ctx, r.revision, name)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if r.commit = head.Get("X-Repo-Commit"); !commitID.MatchString(r.commit) {
			return fmt.Errorf("%w: the hub names no commit", ErrContent)
		}
		return nil
	}
	return absent
}

// lookup describes a file; found is false when the repository has none of that name.
func (r *repo) lookup(ctx context.Context, name string) (f remote, found bool, err error) {
	f, found = r.listed[name]
	if r.listed != nil && !found {
		return f, false, nil
	}
	if found && f.size >= 0 && f.digest.valid() {
		return f, true, nil
	}
	head, err := r.head(ctx, r.commit, name)
	if errors.Is(err, ErrNotFound) {
		return f, false, nil
	}
	if err != nil {
		return f, false, fmt.Errorf("%s: %w", name, err)
	}
	f, err = described(name, head)
	return f, err == nil, err
}

// described reads the headers by which a hub describes a file, also one that lies elsewhere. An ETag of a small file is its
// blob's name in git, one in X-Linked-Etag is the SHA-256 of a large file.
func described(name string, head http.Header) (remote, error) {
	tag, length := head.Get("X-Linked-Etag"), head.Get("X-Linked-Size")
	if tag == "" {
		tag, length = head.Get("Etag"), head.Get("Content-Length")
	}
	size, err := strconv.ParseInt(length, 10, 64)
	f := remote{name, size, digest(strings.Trim(strings.TrimPrefix(tag, "W/"), `"`))}
	if err != nil || size < 0 || !f.digest.valid() {
		return f, fmt.Errorf("%w: the hub gives no size and checksum of %s", ErrContent, name)
	}
	return f, nil
}

// head asks for a file's headers: those of the hub itself, before it redirects elsewhere.
func (r *repo) head(ctx context.Context, rev, name string) (head http.Header, err error) {
	err = r.retry(ctx, func() (bool, error) {
		resp, err := r.do(ctx, r.stay, http.MethodHead, r.fileURL(rev, name), nil)
		if err != nil {
			return false, err
		}
		head = resp.Header
		return true, resp.Body.Close()
	})
	return head, err
}

// fileURL is where a file of a revision is served; a revision may have slashes.
func (r *repo) fileURL(rev, name string) string {
	return r.hub.Endpoint + "/" + r.id + "/resolve/" + url.PathEscape(rev) + "/" + url.PathEscape(name)
}
