package api

import (
	"math"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"lookalike/engine"
)

// stats answers with the figures of this moment.
func (s *service) stats(c *gin.Context) error {
	st, err := s.cfg.Engine.Stats()
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, Stats{
		Images: st.Images, Files: st.Files, Nodes: st.Nodes, NotEmbedded: st.NotEmbedded, FromThumbnail: st.FromThumbnail,
		BytesStore: st.BytesStore, BytesFree: st.BytesFree, BytesOriginals: st.BytesOriginals,
		Model: s.model(), Version: s.cfg.Version, UptimeSeconds: time.Since(s.started).Seconds(),
		Index:  IndexStats{M: engine.M, EfConstruction: engine.EfConstruction, Ef: engine.Ef},
		Kernel: st.Kernel, Precision: string(st.Precision),
	})
}

// What can be asked of recall: less than half is no search, and all is for the
// exact one.
const minRecall, maxRecall, defaultRecall = 0.5, 1, 0.99

// recall measures what searches find of the true neighbours.
func (s *service) recall(c *gin.Context) error {
	q := parseQuery(c, "recall")
	want := q.recall(defaultRecall)
	if q.err != nil {
		return q.err
	}
	r, err := s.cfg.Engine.MeasureRecall(c.Request.Context())
	if err != nil {
		return err
	}
	micros := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }
	chosen := r.Choose(want)
	return render(c, http.StatusOK, Recall{
		Nodes: r.Nodes, Sample: r.Sample, Unread: r.Unread, ExactMicros: micros(r.Exact), Want: want, Ef: chosen.Ef, Reached: chosen.Recall >= want,
		Points: each(r.Points, func(p engine.RecallPoint) RecallPoint { return RecallPoint{p.Ef, p.Recall, micros(p.Took)} }),
	})
}

// recall reads a wanted recall.
func (q *query) recall(otherwise float64) float64 {
	// Two float32s are not a decimal number apart from each other: 0.99 must stay 0.99.
	x := float64(q.float("recall", 0, minRecall, maxRecall))
	if x == 0 {
		return otherwise
	}
	return math.Round(x*1e6) / 1e6
}

// healthz answers as long as the process does.
func (s *service) healthz(c *gin.Context) error {
	return render(c, http.StatusOK, health{"ok"})
}

// readyz answers whether to send requests here.
func (s *service) readyz(c *gin.Context) error {
	if s.draining.Load() {
		return refuse(errBusy, "the server is shutting down")
	}
	if !s.cfg.Ready() {
		return refuse(errBusy, "the server is not ready yet")
	}
	return render(c, http.StatusOK, health{"ok"})
}

// openapi answers with the description of all this.
func (s *service) openapi(c *gin.Context) error {
	c.Data(http.StatusOK, "application/yaml", OpenAPI)
	return nil
}
