package api

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"sync"
)

// InProcess returns a transport that hands requests to h in this process, so
// that a command without a server runs the very handlers that a server would.
// Bodies stream both ways; cancelling the request's context or closing the
// response's body cancels the handler's context, and a handler that panics
// ends the response with an error, as a broken connection would.
//
// Unlike a connection it waits for the handler: when RoundTrip has failed or
// the response's body is closed, the handler has ended. What it worked on, such
// as an engine, can then be closed.
func InProcess(h http.Handler) http.RoundTripper { return inProcess{h} }

type inProcess struct{ handler http.Handler }

// RoundTrip returns as soon as the handler has sent its header; the body comes
// through a pipe while the handler goes on.
func (t inProcess) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(req.Context())
	r, err := serverSide(ctx, req)
	if err != nil {
		cancel()
		return nil, err
	}
	pr, pw := io.Pipe()
	w := &pipeWriter{header: http.Header{}, pipe: pw, head: req.Method == http.MethodHead, started: make(chan struct{})}
	// A client that is gone neither reads nor sends: the handler must not wait for it.
	stop := context.AfterFunc(ctx, func() {
		pw.CloseWithError(context.Cause(ctx))
		_ = r.Body.Close()
	})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer cancel()
		defer stop()
		defer r.Body.Close()
		w.end(serve(t.handler, w, r))
	}()
	select {
	case <-w.started:
		err = w.err
	case <-req.Context().Done():
		err = req.Context().Err()
	}
	if err != nil {
		<-ended
		return nil, err
	}
	return w.response(req, &pipeBody{pr, cancel, ended}), nil
}

// serverSide makes of a client's request what a server would have read.
func serverSide(ctx context.Context, req *http.Request) (*http.Request, error) {
	u, err := url.ParseRequestURI(req.URL.RequestURI())
	if err != nil {
		return nil, fmt.Errorf("request for %s: %w", req.URL, err)
	}
	r := req.Clone(ctx)
	r.URL, r.RequestURI = u, u.RequestURI()
	r.RemoteAddr = "in this process"
	if r.Host == "" {
		r.Host = req.URL.Host
	}
	if r.Body == nil {
		r.Body = http.NoBody
	}
	return r, nil
}

// serve calls the handler and returns what broke it off.
func serve(h http.Handler, w http.ResponseWriter, r *http.Request) (err error) {
	defer func() {
		switch v := recover(); v {
		case nil:
		case http.ErrAbortHandler:
			err = fmt.Errorf("answer broken off: %w", io.ErrUnexpectedEOF)
		default:
			slog.Error("panic in a handler", "path", r.URL.Path, "panic", v, "stack", string(debug.Stack()))
			err = fmt.Errorf("internal error: %v", v)
		}
	}()
	h.ServeHTTP(w, r)
	return nil
}

// pipeWriter is a handler's http.ResponseWriter whose body is a pipe.
type pipeWriter struct {
	header  http.Header
	pipe    *io.PipeWriter
	head    bool // the client wants no body
	once    sync.Once
	started chan struct{} // closed when status and sent are final

	status int
	sent   http.Header // the header at that moment
	err    error       // the handler broke off before it sent anything
}

// Header is part of http.ResponseWriter.
func (w *pipeWriter) Header() http.Header { return w.header }

// WriteHeader is part of http.ResponseWriter; the first call counts.
func (w *pipeWriter) WriteHeader(status int) { w.start(status, nil) }

// Write is part of http.ResponseWriter. It waits for the client to read.
func (w *pipeWriter) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	if w.head || w.status == http.StatusNoContent || w.status == http.StatusNotModified {
		return len(p), nil
	}
	return w.pipe.Write(p)
}

// Flush sends the header; the body is never held back.
func (w *pipeWriter) Flush() { w.WriteHeader(http.StatusOK) }

// start fixes status and header, or that there will be none. Later calls are
// too late, as they are on a connection.
func (w *pipeWriter) start(status int, err error) {
	w.once.Do(func() {
		w.status, w.sent, w.err = status, w.header.Clone(), err
		close(w.started)
	})
}

// end closes the body, with an error where the handler broke off.
func (w *pipeWriter) end(err error) {
	w.start(http.StatusOK, err)
	w.pipe.CloseWithError(err)
}

// response is what a client would have read from a connection.
func (w *pipeWriter) response(req *http.Request, body io.ReadCloser) *http.Response {
	return &http.Response{
		Status:     fmt.Sprintf("%d %s", w.status, http.StatusText(w.status)),
		StatusCode: w.status,
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        w.sent,
		Body:          body,
		ContentLength: -1, // unknown until the pipe ends
		Request:       req,
	}
}

// pipeBody is the client's end. Closing it stops the handler.
type pipeBody struct {
	*io.PipeReader
	cancel context.CancelFunc
	ended  <-chan struct{} // closed when the handler has ended
}

// Close is part of io.Closer.
func (b *pipeBody) Close() error {
	err := b.PipeReader.Close()
	b.cancel()
	<-b.ended
	return err
}
