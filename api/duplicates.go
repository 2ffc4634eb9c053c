package api

import (
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"lookalike/engine"
)

// minDuplicateThreshold: below it unrelated pictures become groups, and finding
// them compares everything with everything.
const minDuplicateThreshold = 0.1

// duplicates answers with what the collection holds more than once: all in one
// value, or for who accepts lines one by one as they are found.
func (s *service) duplicates(c *gin.Context) error {
	inLines := acceptsLines(c.Request)
	most := defaultGroups
	if inLines {
		most = 0 // all
	}
	q := parseQuery(c, "threshold", "limit")
	ask := engine.DuplicateQuery{
		Threshold: q.float("threshold", 0, minDuplicateThreshold, 1), // 0 is the engine's default
		Limit:     q.int("limit", most, 1, s.cfg.Limits.Groups),
	}
	switch {
	case q.err != nil:
		return q.err
	case inLines:
		return s.duplicateLines(c, ask)
	}
	found, err := s.cfg.Engine.Duplicates(c.Request.Context(), ask)
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, Duplicates{
		Threshold: found.Threshold,
		Exact:     each(found.Exact, func(m engine.Image) Exact { return Exact{viewImage(m)} }),
		Groups:    each(found.Groups, viewGroup),
		Unread:    each(found.Unread, viewUnread),
		Model:     s.model(),
	})
}

// duplicateLines tells each as soon as it is found. The last line tells the
// threshold; without it the answer was broken off.
func (s *service) duplicateLines(c *gin.Context, ask engine.DuplicateQuery) error {
	if ask.Threshold == 0 {
		ask.Threshold = engine.DefaultDuplicateThreshold
	}
	out, said := &lines{c: c}, time.Now()
	line := func(l DuplicateLine) error { return out.write(l) }
	err := s.cfg.Engine.EachDuplicate(c.Request.Context(), ask, engine.DuplicateVisitor{
		Progress: func(done, of int) error {
			if done < of && time.Since(said) < progressEvery {
				return nil
			}
			said = time.Now()
			return line(DuplicateLine{Progress: &Progress{done, of}})
		},
		Exact: func(m engine.Image) error { return line(DuplicateLine{Exact: &Exact{viewImage(m)}}) },
		Group: func(g engine.Group) error {
			group := viewGroup(g)
			return line(DuplicateLine{Group: &group})
		},
		Unread: func(u engine.Unread) error {
			unread := viewUnread(u)
			return line(DuplicateLine{Unread: &unread})
		},
	})
	if err != nil {
		return err
	}
	model := s.model()
	return line(DuplicateLine{Threshold: ask.Threshold, Model: &model})
}

// viewUnread leaves what the system says to the log.
func viewUnread(u engine.Unread) Unread {
	why := "its vector cannot be read"
	if errors.Is(u.Err, engine.ErrDamaged) {
		why = "its vector is damaged: delete the image and add it again, or restore a backup"
	}
	return Unread{ID: formatID(u.Image.ID), Path: encodePath(u.Image.Files[0].Path), Error: why}
}
