package models

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Request says what to pull. Zero fields mean the defaults.
type Request struct {
	Source   string // ORG/NAME, or an http(s) URL of a file of weights
	Revision string // of ORG/NAME; default main
	Name     string // to install it under; default the last part of Source
	SHA256   string // that the file at a URL must have
}

// IsURL tells a URL from ORG/NAME.
func IsURL(source string) bool {
	return strings.HasPrefix(source, "http://") || strings.HasPrefix(source, "https://")
}

// Pull downloads a model and installs it; already when it is there.
func (f Folder) Pull(ctx context.Context, h *Hub, q Request, probe Probe) (m Manifest, already bool, err error) {
	if IsURL(q.Source) {
		return f.pullURL(ctx, h, q, probe)
	}
	if q.Revision == "" {
		q.Revision = "main"
	}
	if err := checkRepo(q.Source, q.Revision); err != nil {
		return m, false, err
	}
	if q.Name == "" {
		q.Name = nameOf(q.Source)
	}
	if err := CheckName(q.Name); err != nil {
		return m, false, err
	}
	r, err := h.open(ctx, q.Source, q.Revision)
	if err != nil {
		return m, false, err
	}
	defer r.close()
	if m, already, err := f.hasCommit(ctx, q.Name, r); err != nil || already {
		return m, already, err
	}
	found, err := r.fetchAll(ctx)
	if err != nil {
		return m, false, fmt.Errorf("%s at %s: %w", q.Source, q.Revision, err)
	}
	return f.Install(ctx, q.Name, found, probe, r.progress)
}

// hasCommit looks before a download whether the model is there, or its name is another's. What cannot be read is left
// to Install.
func (f Folder) hasCommit(ctx context.Context, name string, r *repo) (m Manifest, already bool, err error) {
	if m, err = f.Get(name); err != nil {
		return m, false, ctx.Err()
	}
	if m.Source == r.id && m.Commit == r.commit {
		return m, f.Verify(ctx, m) == nil, ctx.Err()
	}
	return m, false, fmt.Errorf("%w: %s is %s, and %s of %s is commit %.12s now", ErrExists, name, m.Origin, r.revision, r.id, r.commit)
}

// pullURL downloads one file of weights.
func (f Folder) pullURL(ctx context.Context, h *Hub, q Request, probe Probe) (m Manifest, already bool, err error) {
	u, err := url.Parse(q.Source)
	if err != nil || !isHTTP(u) || !isWeights(u.Path) || !plain(path.Base(u.Path)) {
		return m, false, fmt.Errorf("%w: %q: a URL of weights ends in %s", ErrName, withoutSecrets(q.Source), strings.Join(weightsExtensions, ", "))
	}
	want := digest(strings.ToLower(q.SHA256))
	if want != "" && (!want.valid() || want.sha256() == "") {
		return m, false, fmt.Errorf("%w: a SHA-256 has 64 hexadecimal digits", ErrName)
	}
	if q.Name == "" {
		q.Name = nameOf(u.Path)
	}
	if err := CheckName(q.Name); err != nil {
		return m, false, err
	}
	c, err := h.client()
	if err != nil {
		return m, false, err
	}
	defer c.close()
	d := &download{url: q.Source, name: path.Base(u.Path), want: want, size: -1}
	return f.throughDownloads(ctx, c, q, d, probe)
}

// throughDownloads fetches d into a folder of its own, installs it as q says and cleans up. Only what is of no more use
// is removed: the bytes of a broken download are where the next run looks for them.
func (f Folder) throughDownloads(ctx context.Context, c *client, q Request, d *download, probe Probe) (m Manifest, already bool, err error) {
	if err := f.make(); err != nil {
		return m, false, err
	}
	// One folder for each URL, so that a later run finds what an earlier one left; the file's own name is others' choice.
	sum := sha256.Sum256([]byte(q.Source))
	dir := filepath.Join(f.Dir, downloadsDir, hex.EncodeToString(sum[:8]))
	unlock, err := lock(ctx, dir+lockFile, func() { c.progress.Note("another process is fetching it: waiting") })
	if err != nil {
		return m, false, err
	}
	defer unlock()
	source := withoutSecrets(q.Source)
	if m, err := f.Get(q.Name); err == nil && m.Source == source && d.want.ofModel(m) && f.Verify(ctx, m) == nil {
		return m, true, ctx.Err()
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return m, false, err
	}
	d.part = filepath.Join(dir, "part")
	if err := c.fetch(ctx, d); err != nil {
		return m, false, err
	}
	found := Found{Origin{Source: source}, []Located{{File{Name: installedName(d.name), SHA256: d.want.sha256()}, d.part}}}
	m, already, err = f.Install(ctx, q.Name, found, probe, c.progress)
	if err == nil || errors.Is(err, ErrUnusable) {
		err = errors.Join(err, os.RemoveAll(dir))
	}
	return m, already, err
}

// withoutSecrets is a URL without password and query, which may hold a signature.
func withoutSecrets(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "a URL that cannot be read"
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	return u.String()
}
