package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/gin-gonic/gin"
)

// render answers with JSON.
func render(c *gin.Context, status int, answer any) error {
	return renderAs(c, "application/json", status, answer)
}

// renderAs marshals before it writes, so that what cannot be rendered is still
// answered with an error. No answer is cached unless its handler says so: what
// is there changes with every add.
func renderAs(c *gin.Context, contentType string, status int, answer any) error {
	body, err := json.Marshal(answer)
	if err != nil {
		return fmt.Errorf("render %T: %w", answer, err)
	}
	c.Header("Content-Type", contentType) // over whatever the handler had announced
	c.Header("Cache-Control", "no-store")
	c.Data(status, contentType, append(body, '\n'))
	return nil
}

// fail answers with a problem. When the answer has begun, all that is left is
// to break it off, so that nobody takes it for complete.
func (s *service) fail(c *gin.Context, err error) {
	if c.Writer.Written() {
		s.cfg.Log.Error("answer broken off", "path", c.Request.URL.Path, "error", err)
		panic(http.ErrAbortHandler)
	}
	renderProblem(c, s.problem(c.Request.Context(), c.Request.URL.Path, err))
}

// renderProblem answers with a problem, which is no file to be saved.
func renderProblem(c *gin.Context, p *Problem) {
	c.Writer.Header().Del("Content-Disposition")
	if p.Status == http.StatusServiceUnavailable {
		c.Header("Retry-After", "10")
	}
	_ = renderAs(c, problemType, p.Status, p) // a Problem always marshals
}

// problem turns an error into what the client hears, and logs what it does not.
func (s *service) problem(ctx context.Context, path string, err error) *Problem {
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() != nil {
		err = context.Cause(ctx) // names the limit
	}
	p, known := asProblem(err)
	if !known {
		s.cfg.Log.Error("internal error", "path", path, "error", err)
	}
	return p
}

// logRequest notes every request at debug level.
func (s *service) logRequest(c *gin.Context) {
	start := time.Now()
	defer func() {
		s.cfg.Log.DebugContext(c.Request.Context(), "request", "method", c.Request.Method, "path", c.Request.URL.Path,
			"status", c.Writer.Status(), "bytes", c.Writer.Size(), "took", time.Since(start), "from", c.Request.RemoteAddr)
	}()
	c.Next()
}

// recoverPanic answers for a handler that panicked.
func (s *service) recoverPanic(c *gin.Context) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		if v == http.ErrAbortHandler { //nolint:errorlint // a panic's value, never wrapped
			panic(v) // on purpose; the server knows it
		}
		s.fail(c, fmt.Errorf("panic: %v\n%s", v, debug.Stack()))
		c.Abort()
	}()
	c.Next()
}
