package api

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"lookalike/engine"
)

// linesType is JSON, a line a value.
const linesType = "application/x-ndjson"

// longRoutes may answer in lines.
var longRoutes = []string{"GET " + duplicatesPath, "GET " + suggestionsPath, "POST " + probePath, "GET " + evaluationPath, "POST " + compactPath}

// acceptsLines is whether a request is for an answer in lines.
func acceptsLines(r *http.Request) bool {
	return slices.Contains(longRoutes, r.Method+" "+r.URL.Path) && strings.Contains(r.Header.Get("Accept"), linesType)
}

// progressEvery is how often an answer in lines says how far it is.
const progressEvery = 200 * time.Millisecond

// Line is a line of such an answer: progress, or at the end the result.
type Line[T any] struct {
	Progress *Progress `json:"progress,omitempty"`
	Result   *T        `json:"result,omitempty"`
}

// answerLong answers with what run returns: at once, or for who accepts lines on
// the last one, after lines about how far it has come.
func answerLong[T any](s *service, c *gin.Context, run func(context.Context, engine.Progress) (T, error)) error {
	if !acceptsLines(c.Request) {
		result, err := run(c.Request.Context(), nil)
		if err != nil {
			return err
		}
		return render(c, http.StatusOK, result)
	}
	out := &lines{c: c, said: time.Now()}
	result, err := run(c.Request.Context(), out.progress)
	if err != nil {
		return err
	}
	return out.write(Line[T]{Result: &result})
}

// lines writes an answer line by line. Its status is sent with the first, so
// what fails before is answered as ever.
type lines struct {
	c    *gin.Context
	mu   sync.Mutex // workers tell their progress
	said time.Time
}

// progress writes a line now and then. A client that cannot be written to is
// gone, and the request's context tells.
func (l *lines) progress(done, of int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if time.Since(l.said) >= progressEvery {
		l.said = time.Now()
		_ = l.write(Line[struct{}]{Progress: &Progress{done, of}})
	}
}

func (l *lines) write(line any) error {
	if !l.c.Writer.Written() {
		l.c.Header("Content-Type", linesType)
		l.c.Header("Cache-Control", "no-store")
		l.c.Writer.WriteHeader(http.StatusOK)
	}
	err := json.NewEncoder(l.c.Writer).Encode(line)
	l.c.Writer.Flush()
	return err
}
