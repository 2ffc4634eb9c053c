package api

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
)

// gallery maps URL paths to the files of the web gallery. There are few and
// small ones, so they are read and hashed once.
type gallery map[string]asset

type asset struct {
	data        []byte
	contentType string
	etag        string
}

// loadGallery reads all files.
func loadGallery(fsys fs.FS) (gallery, error) {
	g := gallery{}
	if fsys == nil {
		return g, nil
	}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		g.add(name, data)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the gallery's files: %w", err)
	}
	return g, nil
}

// add puts a file at its address, and an index.html at its folder's too.
func (g gallery) add(name string, data []byte) {
	file := asset{data: data, contentType: contentType(name), etag: etagOf(data)}
	g["/"+name] = file
	if dir, base := path.Split("/" + name); base == "index.html" {
		g[dir] = file
	}
}

// etagOf names bytes by their hash.
func etagOf(data []byte) string { return fmt.Sprintf(`"%x"`, sha256.Sum256(data)) }

// contentType knows the gallery's few types itself: the system's table, which
// mime asks first, differs between machines.
func contentType(name string) string {
	switch ext := path.Ext(name); ext {
	case ".html":
		return "text/html; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".webmanifest":
		return "application/manifest+json"
	default:
		if t := mime.TypeByExtension(ext); t != "" {
			return t
		}
		return "application/octet-stream"
	}
}

// serveGallery answers whatever is no route: a file of the gallery, or 404.
func (s *service) serveGallery(c *gin.Context) error {
	file, ok := s.gallery[c.Request.URL.Path]
	if !ok {
		return refuse(errNoRoute, "there is nothing at %s", shorten(c.Request.URL.Path))
	}
	if c.Request.Method != http.MethodGet {
		c.Header("Allow", "GET, HEAD")
		return noMethod(c)
	}
	h := c.Writer.Header()
	h.Set("Content-Type", file.contentType)
	h.Set("Etag", file.etag)
	h.Set("Cache-Control", "no-cache") // ask each time whether it is still the same
	if strings.HasPrefix(file.contentType, "text/html") {
		h.Set("Content-Security-Policy", galleryCSP)
	}
	return serveContent(c, time.Time{}, bytes.NewReader(file.data))
}
