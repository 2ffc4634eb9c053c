package api

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path/filepath"
	"time"

	"github.com/gin-gonic/gin"

	"lookalike/engine"
)

// getThumbnail answers with the small JPEG. At an address that names the picture
// it can be kept; else a browser asks each time whether its copy is still right:
// another data folder may be served at the same address tomorrow, with other
// pictures under the same ids.
func (s *service) getThumbnail(c *gin.Context) error {
	id, err := imageID(c)
	if err != nil {
		return err
	}
	q := parseQuery(c, "v")
	named := q.string("v", maxIDLength) != ""
	if q.err != nil {
		return q.err
	}
	data, err := s.cfg.Engine.Thumbnail(id)
	if err != nil {
		return err
	}
	h := c.Writer.Header()
	h.Set("Content-Type", "image/jpeg")
	h.Set("Etag", etagOf(data))
	h.Set("Cache-Control", "private, no-cache")
	if named {
		h.Set("Cache-Control", "private, max-age=31536000, immutable")
	}
	return serveContent(c, time.Time{}, bytes.NewReader(data))
}

// getOriginal answers with the file that was added.
func (s *service) getOriginal(c *gin.Context) error {
	id, err := imageID(c)
	if err != nil {
		return err
	}
	file, image, err := s.cfg.Engine.Original(id)
	if err != nil {
		return err
	}
	defer file.Close()
	kind, inline, err := sniff(file)
	if err != nil {
		return fmt.Errorf("original of image %d: %w", id, err)
	}
	h := c.Writer.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", disposition(inline, image))
	h.Set("Cache-Control", "private, no-cache")
	modified := time.Time{}
	if f, ok := file.(interface{ Stat() (fs.FileInfo, error) }); ok {
		if info, err := f.Stat(); err == nil {
			modified = info.ModTime()
			h.Set("Etag", fmt.Sprintf(`"o%d-%x-%x"`, id, info.Size(), modified.UnixNano()))
		}
	}
	return serveContent(c, modified, file)
}

// sniff tells the content type from the first bytes, never from a name: an
// upload called x.html that decodes as a picture is served as that picture.
// inline is whether browsers show the type; the others are for saving.
func sniff(file io.ReadSeeker) (kind string, inline bool, err error) {
	head := make([]byte, 512) // what DetectContentType looks at
	n, err := io.ReadFull(file, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return "", false, err
	}
	head = head[:n]
	_, err = file.Seek(0, io.SeekStart)
	switch kind := http.DetectContentType(head); kind {
	case "image/jpeg", "image/png", "image/gif", "image/webp", "image/bmp":
		return kind, true, err
	}
	if bytes.HasPrefix(head, []byte("II*\x00")) || bytes.HasPrefix(head, []byte("MM\x00*")) {
		return "image/tiff", false, err
	}
	return "application/octet-stream", false, err
}

// disposition names the file for saving. Names beyond ASCII are escaped as
// RFC 5987 has it, quotes and control characters with them.
func disposition(inline bool, image engine.Image) string {
	kind := "attachment"
	if inline {
		kind = "inline"
	}
	return mime.FormatMediaType(kind, map[string]string{"filename": filepath.Base(image.Files[0].Path)})
}

// serveContent answers with bytes: ranges, If-None-Match and the like.
func serveContent(c *gin.Context, modified time.Time, content io.ReadSeeker) error {
	w := &contentWriter{ResponseWriter: c.Writer}
	http.ServeContent(w, c.Request, "", modified, content)
	switch w.refused {
	case 0:
		return nil
	case http.StatusRequestedRangeNotSatisfiable:
		return refuse(errRange, "the file has no bytes in the range %s", shorten(c.GetHeader("Range")))
	case http.StatusPreconditionFailed:
		return refuse(errOutdated, "the file is not the one that the request's conditions name")
	}
	return fmt.Errorf("serve content: http.ServeContent answered %d", w.refused)
}

// contentWriter holds back the plain-text errors of http.ServeContent.
type contentWriter struct {
	http.ResponseWriter
	refused int
}

// WriteHeader is part of http.ResponseWriter.
func (w *contentWriter) WriteHeader(status int) {
	if status >= 400 {
		w.refused = status
		return
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write is part of http.ResponseWriter.
func (w *contentWriter) Write(p []byte) (int, error) {
	if w.refused != 0 {
		return len(p), nil
	}
	return w.ResponseWriter.Write(p)
}
