package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"lookalike/engine"
)

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
	q := parseQuery(c, append([]string{"k", "threshold", "region", "recall"}, filterParams...)...)
	return engine.Query{
		K:         q.int("k", defaultK, 1, s.cfg.Limits.K),
		Threshold: q.float("threshold", -1, -1, 1),
		Region:    q.region("region"),
		Filter:    q.filter(s.cfg.Limits.Path),
		Recall:    q.recall(0), // the server's
	}, q.err
}

// region reads the part of a picture to search by. How large the picture is,
// the engine finds out.
func (q *query) region(name string) engine.Region {
	text, given := q.text(name)
	if !given {
		return engine.Region{}
	}
	r, err := engine.ParseRegion(text)
	if err != nil && q.err == nil {
		q.err = err
	}
	return r
}

// renderMatches keeps the engine's order: best first, equal scores by id.
func (s *service) renderMatches(c *gin.Context, matches []engine.Match) error {
	return render(c, http.StatusOK, Results{Results: each(matches, viewResult), Model: s.model()})
}
