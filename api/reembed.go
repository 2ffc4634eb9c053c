package api

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"lookalike/engine"
)

const reembeddingPath = "/v1/model/reembedding"

// maxReembedFailures is how many images without a vector an answer names.
const maxReembedFailures = 100

// Reembedding tells how far the making of every vector anew is.
type Reembedding struct {
	State         string             `json:"state"` // idle, learning, embedding, indexing, cleaning, stopped
	Model         Model              `json:"model"` // that searches are by
	Target        *ReembeddingTarget `json:"target,omitempty"`
	StartedAt     *time.Time         `json:"started_at,omitempty"`
	Done          int                `json:"done"`
	Total         int                `json:"total"`
	NotEmbedded   int                `json:"not_embedded"`
	FromThumbnail int                `json:"from_thumbnail"`
	ETASeconds    float64            `json:"eta_seconds,omitempty"`
	Error         string             `json:"error,omitempty"` // why it stopped, or the last one did not end well
	Failures      []NotEmbedded      `json:"failures"`
}

// ReembeddingTarget is the model that the library is to have.
type ReembeddingTarget struct {
	Name        string `json:"name"`
	Options     string `json:"options,omitempty"` // as flags of the command line
	Fingerprint string `json:"fingerprint"`
	Dim         int    `json:"dim"`
}

// NotEmbedded is an image without a vector, and why.
type NotEmbedded struct {
	ID    string `json:"id"`
	Path  string `json:"path"`
	Error string `json:"error"`
}

// ReembeddingRequest names the model to re-embed with, and how to open it.
type ReembeddingRequest struct {
	Model      string `json:"model"`
	Size       string `json:"size,omitempty"` // WIDTHxHEIGHT
	Preprocess string `json:"preprocess,omitempty"`
	Descriptor string `json:"descriptor,omitempty"`
	Whiten     bool   `json:"whiten,omitempty"`
	Restart    bool   `json:"restart,omitempty"` // in the place of what is under way
}

// target is what the engine is asked for.
func (r ReembeddingRequest) target() engine.Target {
	return engine.Target{Restart: r.Restart, Spec: engine.Spec{
		Name: r.Model, Size: r.Size, Preprocess: r.Preprocess, Descriptor: r.Descriptor, Whiten: r.Whiten}}
}

// getReembedding answers with how far it is.
func (s *service) getReembedding(c *gin.Context) error {
	if q := parseQuery(c); q.err != nil {
		return q.err
	}
	return s.renderReembedding(c, http.StatusOK)
}

// startReembedding starts it, or goes on with it.
func (s *service) startReembedding(c *gin.Context) error {
	var req ReembeddingRequest
	if err := s.readJSON(c, &req); err != nil {
		return err
	}
	if req.Model == "" || len(req.Model) > maxModelName {
		return refuse(errRequest, "model is the name of an installed model, or starter")
	}
	if err := s.cfg.Engine.Reembed(c.Request.Context(), req.target()); err != nil {
		return err
	}
	return s.renderReembedding(c, http.StatusAccepted)
}

const maxModelName = 255

// cancelReembedding gives it up.
func (s *service) cancelReembedding(c *gin.Context) error {
	if err := s.cfg.Engine.CancelReembedding(); err != nil {
		return err
	}
	return s.renderReembedding(c, http.StatusOK)
}

func (s *service) renderReembedding(c *gin.Context, status int) error {
	r, err := s.cfg.Engine.Reembedding(maxReembedFailures)
	if err != nil {
		return err
	}
	v := Reembedding{
		State: string(r.State), Model: s.model(), Done: r.Done, Total: r.Total, NotEmbedded: r.NotEmbedded, FromThumbnail: r.FromThumbnail,
		ETASeconds: r.ETA.Seconds(), Failures: each(r.Failures, viewNotEmbedded),
	}
	if r.Fingerprint != "" {
		started := r.Started.UTC()
		v.Target, v.StartedAt = &ReembeddingTarget{r.Spec.Name, optionsOf(r.Spec), r.Fingerprint, r.Dim}, &started
	}
	if r.Err != nil {
		v.Error = r.Err.Error()
	}
	return render(c, status, v)
}

func viewNotEmbedded(m engine.Image) NotEmbedded {
	return NotEmbedded{ID: formatID(m.ID), Path: m.Files[0].Path, Error: m.NotEmbedded}
}
