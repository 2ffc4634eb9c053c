package models

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/renameio/v2"
)

// The cache is huggingface_hub's, so that neither program downloads what the other has. A blob is named by its checksum:
//
//	models--ORG--NAME/blobs/CHECKSUM, CHECKSUM.incomplete
//	                  snapshots/COMMIT/FILE -> ../../blobs/CHECKSUM
//	                  refs/REVISION            holds COMMIT
//	.locks/models--ORG--NAME/CHECKSUM.lock
//
// folder is the repository's in it.
func (r *repo) folder() string {
	return "models--" + strings.ReplaceAll(r.id, "/", "--")
}

// path is one in the repository's folder.
func (r *repo) path(elem ...string) string {
	return filepath.Join(append([]string{r.hub.Cache, r.folder()}, elem...)...)
}

// fetchAll downloads the model's files into the cache and returns where they lie.
func (r *repo) fetchAll(ctx context.Context) (Found, error) {
	found := Found{Origin: Origin{Source: r.id, Endpoint: withoutSecrets(r.hub.Endpoint), Revision: r.revision, Commit: r.commit}}
	names, err := choose(place{
		has: func(name string) (bool, error) {
			f, ok, err := r.lookup(ctx, name)
			if ok && err == nil {
				err = checkDescription(name, f.size)
			}
			return ok, err
		},
		read: func(name string) ([]byte, error) {
			f, err := r.fetchOne(ctx, name)
			if err != nil {
				return nil, err
			}
			return os.ReadFile(f.Path)
		},
		all: func() ([]string, error) { return slices.Sorted(maps.Keys(r.listed)), nil },
	})
	if err != nil {
		return found, err
	}
	for _, name := range names {
		f, err := r.fetchOne(ctx, name)
		if err != nil {
			return found, err
		}
		found.Files = append(found.Files, f)
	}
	return found, r.saveRef()
}

// fetchOne makes sure that the file's bytes are in the cache and right, and that the snapshot shows them.
func (r *repo) fetchOne(ctx context.Context, name string) (Located, error) {
	f, found, err := r.lookup(ctx, name)
	if err != nil {
		return Located{}, err
	}
	if !found {
		return Located{}, fmt.Errorf("%s is listed in %s and %w", name, indexFile, ErrNotFound)
	}
	blob := r.path("blobs", string(f.digest))
	out := Located{File: File{Name: f.name, Size: f.size, SHA256: f.digest.sha256()}, Path: blob}
	if err := os.MkdirAll(filepath.Dir(blob), 0o755); err != nil {
		return out, err
	}
	unlock, err := lock(ctx, filepath.Join(r.hub.Cache, ".locks", r.folder(), string(f.digest)+".lock"), func() {
		r.progress.Note("another process is fetching " + f.name + ": waiting for it")
	})
	if err != nil {
		return out, err
	}
	defer unlock()
	// A blob is read again even when it has its final name: disks rot, and other programs write here too.
	if fileSize(blob) != f.size || f.digest.check(blob) != nil {
		d := &download{url: r.fileURL(r.commit, f.name), name: f.name, part: blob + ".incomplete", want: f.digest, size: f.size}
		if err := r.fetch(ctx, d); err != nil {
			return out, err
		}
		if err := os.Rename(d.part, blob); err != nil {
			return out, err
		}
	}
	return out, errors.Join(syncFile(filepath.Dir(blob)), r.link(f))
}

// link shows the blob under its name in the commit's snapshot.
func (r *repo) link(f remote) error {
	name := r.path("snapshots", r.commit, f.name)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return renameio.Symlink(filepath.Join("..", "..", "blobs", string(f.digest)), name)
}

// saveRef notes which commit the revision was. A commit needs no note.
func (r *repo) saveRef() error {
	if r.revision == r.commit {
		return nil
	}
	ref := r.path("refs", filepath.FromSlash(r.revision))
	if err := os.MkdirAll(filepath.Dir(ref), 0o755); err != nil {
		return err
	}
	return renameio.WriteFile(ref, []byte(r.commit), 0o644)
}
