package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"lookalike/engine"
)

// minDuplicateThreshold: below it unrelated pictures become groups, and finding
// them compares everything with everything.
const minDuplicateThreshold = 0.1

// search answers with the images that look like an uploaded one.
func (s *service) search(c *gin.Context) error {
	q, err := s.searchQuery(c)
	if err != nil {
		return err
	}
	up, err := s.openUpload(c)
	if err != nil {
		return err
	}
	defer up.close()
	picture, err := up.only()
	if err != nil {
		return err
	}
	matches, err := s.cfg.Engine.SearchImage(c.Request.Context(), picture.Name, picture.Data, q)
	if err != nil {
		return err
	}
	return s.renderMatches(c, matches)
}

// similarImages answers with the images that look like one that is stored.
func (s *service) similarImages(c *gin.Context) error {
	id, err := imageID(c)
	if err != nil {
		return err
	}
	q, err := s.searchQuery(c)
	if err != nil {
		return err
	}
	matches, err := s.cfg.Engine.SearchID(c.Request.Context(), id, q)
	if err != nil {
		return err
	}
	return s.renderMatches(c, matches)
}

// searchQuery reads what both searches take. Without a threshold every score
// is welcome, also one below 0.
func (s *service) searchQuery(c *gin.Context) (engine.Query, error) {
	q := parseQuery(c, "k", "threshold")
	return engine.Query{
		K:         q.int("k", defaultK, 1, s.cfg.Limits.K),
		Threshold: q.float("threshold", -1, -1, 1),
	}, q.err
}

// renderMatches keeps the engine's order: best first, equal scores by id.
func (s *service) renderMatches(c *gin.Context, matches []engine.Match) error {
	return render(c, http.StatusOK, Results{Results: each(matches, viewResult), Model: s.model()})
}

// duplicates answers with what the collection holds more than once.
func (s *service) duplicates(c *gin.Context) error {
	q := parseQuery(c, "threshold", "limit")
	ask := engine.DuplicateQuery{
		Threshold: q.float("threshold", 0, minDuplicateThreshold, 1), // 0 is the engine's default
		Limit:     q.int("limit", defaultGroups, 1, s.cfg.Limits.Groups),
	}
	if q.err != nil {
		return q.err
	}
	found, err := s.cfg.Engine.Duplicates(c.Request.Context(), ask)
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, Duplicates{
		Threshold: found.Threshold,
		Exact:     each(found.Exact, func(m engine.Image) Exact { return Exact{viewImage(m)} }),
		Groups:    each(found.Groups, viewGroup),
		Model:     s.model(),
	})
}
