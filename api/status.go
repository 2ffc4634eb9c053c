package api

import (
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
		Images: st.Images, Files: st.Files, Nodes: st.Nodes,
		BytesStore: st.BytesStore, BytesOriginals: st.BytesOriginals,
		Model: s.model(), Version: s.cfg.Version, UptimeSeconds: time.Since(s.started).Seconds(),
		Index:  IndexStats{M: engine.M, EfConstruction: engine.EfConstruction, Ef: engine.Ef},
		Kernel: st.Kernel, Precision: string(st.Precision),
	})
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
