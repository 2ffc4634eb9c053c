package api

import (
	"bytes"
	"image"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"lookalike/internal/attention"
)

// getAttention answers with a PNG of what the model looks at. Like a thumbnail
// it is asked for each time: its id may be another picture tomorrow.
func (s *service) getAttention(c *gin.Context) error {
	id, err := imageID(c)
	if err != nil {
		return err
	}
	q := parseQuery(c, "head")
	head := q.head("head")
	if q.err != nil {
		return q.err
	}
	view, err := s.cfg.Engine.Attention(c.Request.Context(), id)
	if err != nil {
		return err
	}
	drawing, err := drawHead(view, head)
	if err != nil {
		return err
	}
	file, err := attention.PNG(drawing)
	if err != nil {
		return err
	}
	h := c.Writer.Header()
	h.Set("Content-Type", "image/png")
	h.Set("Etag", etagOf(file))
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Attention-Heads", strconv.Itoa(view.Map.Heads))
	return serveContent(c, time.Time{}, bytes.NewReader(file))
}

// What head may be besides a number.
const (
	headMean = "mean"
	headMask = "mask"
)

// head reads which of the model's heads to show. How many there are, the model
// says later.
func (q *query) head(name string) string {
	text, given := q.text(name)
	if !given {
		return headMean
	}
	if text == headMean || text == headMask {
		return text
	}
	if _, err := strconv.ParseUint(text, 10, 16); err != nil || len(text) > 5 { // as in openapi.yaml
		q.fail("%s=%s is neither %s nor %s nor the number of a head", name, shorten(text), headMean, headMask)
	}
	return text
}

// drawHead draws what head has chosen.
func drawHead(view attention.View, head string) (image.Image, error) {
	switch head {
	case headMean:
		return view.Heat(view.Map.Mean()), nil
	case headMask:
		return view.Foreground(view.Map.Mean()), nil
	}
	n, err := strconv.Atoi(head)
	if err != nil || n >= view.Map.Heads {
		return nil, refuse(errRequest, "head=%s is none of the model's %d heads, 0 to %d", head, view.Map.Heads, view.Map.Heads-1)
	}
	return view.Heat(view.Map.Head(n)), nil
}
