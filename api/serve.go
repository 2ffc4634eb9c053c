package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// Serve answers requests on ln until ctx is done, and then finishes what it
// accepted: /readyz says 503, it stops listening, requests in flight get
// Limits.Drain to end, and what then still runs is cut off. No handler runs
// after Serve has returned, so the engine can be closed. Serve closes ln.
func Serve(ctx context.Context, ln net.Listener, cfg Config) error {
	defer ln.Close()
	cfg.Loopback = isLoopbackAddr(ln.Addr())
	if !cfg.Loopback && cfg.APIKey == "" {
		return fmt.Errorf("serve on %s: %w: other machines can reach this address; set an API key or listen on 127.0.0.1",
			ln.Addr(), ErrNoAPIKey)
	}
	s, err := newService(cfg)
	if err != nil {
		return err
	}
	requests, cutOff := context.WithCancel(context.WithoutCancel(ctx))
	defer cutOff()
	gate := &gate{handler: s}
	srv := newServer(gate, s.cfg, requests)
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(ln) }()
	select {
	case err = <-failed:
	case <-ctx.Done():
		s.draining.Store(true)
		time.Sleep(s.cfg.Limits.Notice)
		err = s.drain(srv)
	}
	cutOff()
	gate.close()
	return err
}

// newServer sets the timeouts that need no handler. What moves in a body is
// watched by the handler (see moving.go), because a large upload over a slow
// line may take long in all.
func newServer(h http.Handler, cfg Config, requests context.Context) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: cfg.Limits.Header,
		IdleTimeout:       cfg.Limits.Idle,
		MaxHeaderBytes:    cfg.Limits.Headers,
		BaseContext:       func(net.Listener) context.Context { return requests },
		ErrorLog:          slog.NewLogLogger(cfg.Log.Handler(), slog.LevelDebug),
	}
}

// drain waits for the requests in flight, for as long as they are granted.
func (s *service) drain(srv *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), s.cfg.Limits.Drain)
	defer cancel()
	err := srv.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		s.cfg.Log.Warn("shutdown: requests still running are cut off", "after", s.cfg.Limits.Drain)
		return srv.Close()
	}
	return err
}

// gate counts handlers in: after close none runs and none begins.
type gate struct {
	handler http.Handler
	mu      sync.RWMutex // held for reading by every handler
}

// ServeHTTP is part of http.Handler.
func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !g.mu.TryRLock() {
		panic(http.ErrAbortHandler) // the connection ends, as all do at this point
	}
	defer g.mu.RUnlock()
	g.handler.ServeHTTP(w, r)
}

// close waits for the handlers that run. The lock is never given back.
func (g *gate) close() { g.mu.Lock() }

// isLoopbackAddr is whether only this machine can connect to the address.
func isLoopbackAddr(addr net.Addr) bool {
	switch a := addr.(type) {
	case *net.TCPAddr:
		return a.IP.IsLoopback()
	case *net.UnixAddr:
		return true
	}
	return false
}
