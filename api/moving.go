package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"time"
)

// A body may take long but must move: each read and each write has the stall
// limit as its deadline. That frees the server of a client that sends a byte a
// minute (slow loris) or stops reading, and lets a large upload over a slow
// line finish. In process there are no deadlines to set, and setting them fails
// without harm.

// movingBody is a request's body.
type movingBody struct {
	io.ReadCloser
	deadlines *http.ResponseController
	stall     time.Duration
	until     time.Time // the upload's end, however well it moves
	limit     time.Duration
}

// Read is part of io.Reader.
func (b *movingBody) Read(p []byte) (int, error) {
	deadline := time.Now().Add(b.stall)
	if b.until.Before(deadline) {
		deadline = b.until
	}
	b.deadlines.SetReadDeadline(deadline)
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		// The server goes on reading behind our back to notice a client that leaves;
		// a deadline left standing would look to it like one.
		b.deadlines.SetReadDeadline(time.Time{})
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = b.tooSlow()
	}
	return n, err
}

func (b *movingBody) tooSlow() error {
	if !time.Now().Before(b.until) {
		return refuse(errSlow, "the request took longer than the limit of %s", b.limit)
	}
	return refuse(errSlow, "nothing of the request's body came for %s; that is the limit", b.stall)
}

// movingWriter is a response.
type movingWriter struct {
	http.ResponseWriter
	deadlines *http.ResponseController
	stall     time.Duration
}

// WriteHeader is part of http.ResponseWriter.
func (w *movingWriter) WriteHeader(status int) {
	w.extend()
	w.ResponseWriter.WriteHeader(status)
}

// Write is part of http.ResponseWriter.
func (w *movingWriter) Write(p []byte) (int, error) {
	w.extend()
	return w.ResponseWriter.Write(p)
}

// Flush is part of http.Flusher.
func (w *movingWriter) Flush() {
	w.extend()
	w.deadlines.Flush()
}

// Unwrap is for http.ResponseController.
func (w *movingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *movingWriter) extend() { w.deadlines.SetWriteDeadline(time.Now().Add(w.stall)) }

// watch puts both around a request and its response, and ends the work on it
// after the route's limit.
func (s *service) watch(w http.ResponseWriter, r *http.Request) (*movingWriter, *http.Request, context.CancelFunc) {
	limit := s.timeLimit(r)
	ctx, cancel := context.WithTimeoutCause(r.Context(), limit,
		refuse(errBusy, "the request took longer than the limit of %s", limit))
	deadlines := http.NewResponseController(w)
	r = r.WithContext(ctx)
	r.Body = &movingBody{r.Body, deadlines, s.cfg.Limits.Stall, time.Now().Add(limit), limit}
	return &movingWriter{w, deadlines, s.cfg.Limits.Stall}, r, cancel
}

// timeLimit is how long a request may take. What the data folder's owner
// asks for may take as long as it moves.
func (s *service) timeLimit(r *http.Request) time.Duration {
	const unlimited = 365 * 24 * time.Hour
	switch {
	case isLocalPath(r.URL.Path):
		return unlimited
	case r.Method == http.MethodPost:
		return s.cfg.Limits.Upload
	}
	return s.cfg.Limits.Request
}
