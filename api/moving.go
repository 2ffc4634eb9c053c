package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"time"
)

// A body may take long but must move: the stall limit sets the deadline of each
// read and each write. That frees the server of a client that sends a byte a
// minute (slow loris) or stops reading, and lets a large upload over a slow
// line finish.

// deadlines are a connection's. In process there are none to set, and that
// setting them fails does no harm.
type deadlines struct{ *http.ResponseController }

func (d deadlines) setRead(t time.Time)  { _ = d.SetReadDeadline(t) }
func (d deadlines) setWrite(t time.Time) { _ = d.SetWriteDeadline(t) }

// movingBody is a request's body.
type movingBody struct {
	io.ReadCloser
	deadlines deadlines
	stall     time.Duration
	until     time.Time     // its end, however well it moves
	limit     time.Duration // the same as a length, for messages
}

// Read is part of io.Reader.
func (b *movingBody) Read(p []byte) (int, error) {
	deadline := time.Now().Add(b.stall)
	if b.until.Before(deadline) {
		deadline = b.until
	}
	b.deadlines.setRead(deadline)
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		// The server goes on reading behind our back to notice a client that leaves;
		// a deadline left standing would look to it like one.
		b.deadlines.setRead(time.Time{})
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = b.tooSlow()
	}
	return n, err
}

// tooSlow says which of the two limits it was.
func (b *movingBody) tooSlow() error {
	if !time.Now().Before(b.until) {
		return refuse(errSlow, "the request took longer than the limit of %s", b.limit)
	}
	return refuse(errSlow, "nothing of the request's body came for %s; that is the limit", b.stall)
}

// movingWriter is a response.
type movingWriter struct {
	http.ResponseWriter
	deadlines deadlines
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
	_ = w.deadlines.Flush() // a write to a client that is gone fails too, and tells
}

// extend starts the stall limit anew. It is twice the body's, because before
// the first write the server may wait for what is left of the body.
func (w *movingWriter) extend() { w.deadlines.setWrite(time.Now().Add(2 * w.stall)) }

// watch puts both around a request and its response, and ends the work on it
// after the route's limit: the engine sees the context, a body the deadline.
func (s *service) watch(w http.ResponseWriter, r *http.Request) (*movingWriter, *http.Request, context.CancelFunc) {
	limit := s.timeLimit(r)
	ctx, cancel := context.WithTimeoutCause(r.Context(), limit,
		refuse(errBusy, "the request took longer than the limit of %s", limit))
	d := deadlines{http.NewResponseController(w)}
	if r.Body != http.NoBody {
		// Also a body that no handler reads must come: the server takes in what is
		// left of a short one before it answers, to keep the connection.
		d.setRead(time.Now().Add(s.cfg.Limits.Stall))
	}
	r = r.WithContext(ctx)
	r.Body = &movingBody{r.Body, d, s.cfg.Limits.Stall, time.Now().Add(limit), limit}
	return &movingWriter{w, d, s.cfg.Limits.Stall}, r, cancel
}

// timeLimit is how long a request may take. What the data folder's owner
// asks for may take as long as it moves, and so may an answer in lines.
func (s *service) timeLimit(r *http.Request) time.Duration {
	const unlimited = 365 * 24 * time.Hour
	switch {
	case isLocalPath(r.URL.Path), acceptsLines(r):
		return unlimited
	case r.Method == http.MethodPost:
		return s.cfg.Limits.Upload
	}
	return s.cfg.Limits.Request
}
