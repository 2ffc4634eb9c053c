package api

import (
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"lookalike/internal/attention"
	"lookalike/internal/patches"
)

// matchStored tells which patches of an image answer which of another one.
func (s *service) matchStored(c *gin.Context) error {
	id, err := imageID(c)
	if err != nil {
		return err
	}
	q := parseQuery(c, "with", "limit")
	text := q.string("with", maxIDLength)
	limit := s.pairLimit(q)
	if text == "" {
		q.fail("with=ID is missing: the image to compare with")
	}
	if q.err != nil {
		return q.err
	}
	other, err := strconv.ParseUint(text, 10, 64)
	if err != nil || formatID(other) != text {
		return refuse(errNoRoute, "no image has the id %s", shorten(text))
	}
	m, err := s.cfg.Engine.MatchIDs(c.Request.Context(), id, other)
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, s.viewMatch(m, limit))
}

// matchUploaded is matchStored with an uploaded picture as the other one.
func (s *service) matchUploaded(c *gin.Context) error {
	id, err := imageID(c)
	if err != nil {
		return err
	}
	q := parseQuery(c, "limit")
	limit := s.pairLimit(q)
	if q.err != nil {
		return q.err
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
	m, err := s.cfg.Engine.MatchImage(c.Request.Context(), id, picture.Name, picture.Data)
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, s.viewMatch(m, limit))
}

// maxPairs is more than any grid has patches.
const maxPairs = 10_000

func (s *service) pairLimit(q *query) int { return q.int("limit", maxPairs, 1, maxPairs) }

func (s *service) viewMatch(m patches.Match, limit int) Match {
	pairs := m.Pairs[:min(limit, len(m.Pairs))]
	return Match{
		Image: viewShape(m.A), Other: viewShape(m.B), Model: s.model(),
		Pairs: each(pairs, func(p patches.Pair) MatchedPatches { return MatchedPatches{p.A, p.B, p.Score} }),
	}
}

func viewShape(s patches.Shape) PatchGrid { return PatchGrid{s.Rows, s.Columns, s.Window} }

// PatchGrid is how a picture was cut into patches, and where they lie in it.
type PatchGrid struct {
	Rows    int              `json:"rows"`
	Columns int              `json:"columns"`
	Window  attention.Window `json:"window"`
}

// MatchedPatches are two patches, counted in reading order from 0, that are each other's nearest.
type MatchedPatches struct {
	Image int     `json:"image"`
	Other int     `json:"other"`
	Score float32 `json:"score"` // cosine of their descriptors
}

// Match tells which patches of an image answer which of another picture, best first.
type Match struct {
	Image PatchGrid        `json:"image"`
	Other PatchGrid        `json:"other"`
	Pairs []MatchedPatches `json:"pairs"`
	Model Model            `json:"model"`
}
