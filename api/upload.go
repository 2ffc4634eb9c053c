package api

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"unicode"

	"github.com/gin-gonic/gin"

	"lookalike/engine"
	"lookalike/internal/imageio"
)

const (
	uploadField = "file"
	uploadHint  = "send multipart/form-data with the picture in a field named file, as in: curl -F file=@picture.jpg URL"
)

// upload reads the pictures of a multipart body one after the other. What it
// may hold in memory is reserved before the first byte is read.
type upload struct {
	limits  Limits
	body    io.Reader
	parts   *multipart.Reader
	count   int
	release func()
}

// openUpload looks at the request's header only.
func (s *service) openUpload(c *gin.Context) (*upload, error) {
	r, lim := c.Request, s.cfg.Limits
	if r.ContentLength > lim.BodyBytes {
		return nil, refuse(errTooMuch, "the request's body has %d bytes; the limit is %d", r.ContentLength, lim.BodyBytes)
	}
	r.Body = http.MaxBytesReader(c.Writer, r.Body, lim.BodyBytes)
	parts, err := r.MultipartReader()
	if errors.Is(err, http.ErrNotMultipart) {
		return nil, refuse(errMedia, "the body is not an upload (Content-Type %s); %s", shorten(r.Header.Get("Content-Type")), uploadHint)
	}
	if err != nil {
		return nil, refuse(errRequest, "the body cannot be read: %v", err)
	}
	reserve := lim.memoryFor(r.ContentLength)
	if err := s.uploads.Acquire(r.Context(), reserve); err != nil {
		return nil, err
	}
	return &upload{limits: lim, body: r.Body, parts: parts, release: func() { s.uploads.Release(reserve) }}, nil
}

// memoryFor is what an upload may hold at once: a batch and the picture that is
// being read, or the whole body where that is less.
func (l Limits) memoryFor(bodyBytes int64) int64 {
	most := min(l.Picture.MaxBytes+batchBytes, l.UploadMemory)
	if bodyBytes < 0 {
		return most
	}
	return min(bodyBytes, most)
}

// close gives the reserved memory back.
func (u *upload) close() { u.release() }

// next returns the next picture, or io.EOF after the last. A picture that is
// over its limit comes as an *imageio.Error, and the next one can be read.
func (u *upload) next() (engine.Source, error) {
	part, err := u.parts.NextPart()
	if err == io.EOF { //nolint:errorlint // a wrapped EOF is a body that was cut off
		return engine.Source{}, u.end()
	}
	if err != nil {
		return engine.Source{}, u.readError(err)
	}
	if err := u.checkPart(part); err != nil {
		return engine.Source{}, err
	}
	name := cleanName(part.FileName())
	data, err := io.ReadAll(io.LimitReader(part, u.limits.Picture.MaxBytes+1))
	if err != nil {
		return engine.Source{}, u.readError(err)
	}
	src := engine.Source{Upload: true, Name: name, Data: data}
	return src, u.limits.checkPicture(src)
}

// checkPart refuses what is not a file in the right field.
func (u *upload) checkPart(part *multipart.Part) error {
	if field := part.FormName(); field != uploadField {
		return refuse(errRequest, "there is a field named %s; %s", shorten(field), uploadHint)
	}
	if part.FileName() == "" {
		return refuse(errRequest, "the field file holds no file; %s", uploadHint)
	}
	if n := len(part.FileName()); n > u.limits.Name {
		return refuse(errRequest, "a file's name is %d bytes long; the limit is %d", n, u.limits.Name)
	}
	if u.count++; u.count > u.limits.Files {
		return refuse(errTooMuch, "there are more files than the limit of %d in one request; send several requests", u.limits.Files)
	}
	return nil
}

// end reads what follows the last part, so that from here on the server notices
// a client that leaves.
func (u *upload) end() error {
	if _, err := io.Copy(io.Discard, u.body); err != nil {
		return u.readError(err)
	}
	if u.count == 0 {
		return refuse(errRequest, "there is no file in the upload; %s", uploadHint)
	}
	return io.EOF
}

// only returns the one picture of a search.
func (u *upload) only() (engine.Source, error) {
	u.limits.Files = 1
	picture, err := u.next()
	if err == nil {
		_, err = u.next()
	}
	if err == io.EOF { //nolint:errorlint // a wrapped EOF is a body that was cut off
		err = nil
	}
	return picture, err
}

// readError explains why an upload cannot be read.
func (u *upload) readError(err error) error {
	return bodyError(err, u.limits.BodyBytes, "the upload cannot be read")
}

// checkPicture applies the limits of one picture, its pixels by the header.
// What else is wrong with it the engine says.
func (l Limits) checkPicture(src engine.Source) error {
	_, err := imageio.DecodeConfig(src.Name, src.Data, l.Picture)
	if errors.Is(err, imageio.ErrTooLarge) {
		return err
	}
	return nil
}

// cleanName makes an upload's name fit for JSON and for terminals, which take
// control characters for commands.
func cleanName(name string) string {
	name = strings.ToValidUTF8(name, "\uFFFD")
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '_'
		}
		return r
	}, name)
}

// storedBefore adds to an error what it leaves behind.
func storedBefore(err error, stored int) error {
	if stored == 0 {
		return err
	}
	return fmt.Errorf("%w (%d pictures before it are stored)", err, stored)
}
