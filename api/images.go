package api

import (
	"errors"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"lookalike/engine"
)

// addImages stores uploaded pictures and answers once they are on disk.
func (s *service) addImages(c *gin.Context) error {
	if q := parseQuery(c); q.err != nil {
		return q.err
	}
	up, err := s.openUpload(c)
	if err != nil {
		return err
	}
	defer up.close()
	a := &adder{service: s, ctx: c.Request.Context(), added: Added{Images: []AddedImage{}, Failures: []Failure{}}}
	if err := a.addAll(up); err != nil {
		return err
	}
	if len(a.added.Images) == 0 {
		renderProblem(c, a.nothingStored())
		return nil
	}
	a.added.Model = s.model()
	code := http.StatusOK
	if a.fresh {
		code = http.StatusCreated
	}
	return render(c, code, a.added)
}

// listImages answers with a page, or with the image of one path.
func (s *service) listImages(c *gin.Context) error {
	q := parseQuery(c, append([]string{"limit", "cursor", "path"}, filterParams...)...)
	limit := q.int("limit", defaultPageSize, 1, s.cfg.Limits.PageSize)
	before := q.cursor("cursor")
	path := q.string("path", s.cfg.Limits.Path)
	if path != "" && !filepath.IsAbs(path) {
		q.fail("path=%s %s", shorten(path), notAbsolute)
	}
	filter := q.filter(s.cfg.Limits.Path)
	if path != "" && !filter.IsZero() {
		q.fail("path and filters exclude each other: it names one image")
	}
	if q.err != nil {
		return q.err
	}
	images, next, total, err := s.find(path, filter, before, limit)
	if err != nil {
		return err
	}
	list := ImageList{Images: each(images, viewImage), Total: total, Model: s.model()}
	if next != 0 {
		list.Next = formatID(next)
	}
	return render(c, http.StatusOK, list)
}

// find lists images, or where a path is given looks that one up, and counts all
// there are to list.
func (s *service) find(path string, filter Filter, before uint64, limit int) (images []engine.Image, next uint64, total int, err error) {
	if !filter.IsZero() {
		return s.cfg.Engine.ListIn(filter, before, limit)
	}
	// The total is a counter in the store; asking for it with each page is cheap.
	stats, err := s.cfg.Engine.Stats()
	if err != nil {
		return nil, 0, 0, err
	}
	if path == "" {
		images, next, err = s.cfg.Engine.List(before, limit)
		return images, next, stats.Images, err
	}
	image, err := s.cfg.Engine.FindPath(path)
	if errors.Is(err, engine.ErrNotFound) {
		return nil, 0, stats.Images, nil
	}
	return []engine.Image{image}, 0, stats.Images, err
}

// cursor reads where a page begins: below an id that an earlier page gave.
func (q *query) cursor(name string) uint64 {
	text := q.string(name, maxIDLength)
	if text == "" {
		return 0
	}
	before, err := strconv.ParseUint(text, 10, 64)
	if err != nil || before == 0 {
		q.fail("%s=%s is none that this server gave; start without one", name, shorten(text))
	}
	return before
}

// getImage answers with one image and all files that hold it.
func (s *service) getImage(c *gin.Context) error {
	id, err := imageID(c)
	if err != nil {
		return err
	}
	image, err := s.cfg.Engine.Get(id)
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, viewImage(image))
}

// deleteImage answers 404 to a second deletion, so that a client whose first
// answer was lost learns that it is done.
func (s *service) deleteImage(c *gin.Context) error {
	id, err := imageID(c)
	if err != nil {
		return err
	}
	deleted, err := s.cfg.Engine.Delete(c.Request.Context(), id)
	if err != nil {
		return err
	}
	if len(deleted) == 0 {
		return refuse(errNoRoute, "no image has the id %d", id)
	}
	c.Status(http.StatusNoContent)
	return nil
}

// deleteImages deletes many, in several transactions, and answers which there were: to be asked again is no error.
func (s *service) deleteImages(c *gin.Context) error {
	var req Deletions
	if err := s.readJSON(c, &req); err != nil {
		return err
	}
	switch n, limit := len(req.IDs), s.cfg.Limits.Deletions; {
	case n == 0:
		return refuse(errRequest, "ids is empty")
	case n > limit:
		return refuse(errTooMuch, "there are %d ids in one request; the limit is %d", n, limit)
	}
	answer := Deleted{Deleted: []string{}, Missing: []string{}}
	var ids []uint64
	for _, text := range req.IDs {
		switch id, err := parseID(text); {
		case err == nil:
			ids = append(ids, id)
		case len(text) > maxIDLength:
			return err
		default:
			answer.Missing = append(answer.Missing, text)
		}
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	deleted, err := s.cfg.Engine.Delete(c.Request.Context(), ids...)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if _, there := slices.BinarySearch(deleted, id); there {
			answer.Deleted = append(answer.Deleted, formatID(id))
		} else {
			answer.Missing = append(answer.Missing, formatID(id))
		}
	}
	return render(c, http.StatusOK, answer)
}
