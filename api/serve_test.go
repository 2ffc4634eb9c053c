package api_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"lookalike/api"
	"lookalike/engine"
)

// serveHTTP serves a handler over a network for a test.
func serveHTTP(t *testing.T, h http.Handler) (url string, transport *http.Transport) {
	srv := httptest.NewServer(h)
	transport = &http.Transport{}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		srv.CloseClientConnections()
		srv.Close()
	})
	return srv.URL, transport
}

// serving is an api.Serve at work.
type serving struct {
	url   string
	addr  string
	stop  context.CancelFunc
	ended chan error
}

func serve(t *testing.T, cfg api.Config) *serving {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	cfg.Log = quiet
	ctx, stop := context.WithCancel(context.Background())
	s := &serving{"http://" + ln.Addr().String(), ln.Addr().String(), stop, make(chan error, 1)}
	go func() { s.ended <- api.Serve(ctx, ln, cfg) }()
	t.Cleanup(stop)
	return s
}

// slowEngine is the real engine, whose adds wait at a gate.
type slowEngine struct {
	*engine.Engine
	entered chan struct{}
	open    chan struct{}
	obey    bool // end with the context, as the engine does between two pictures
}

func newSlowEngine(t *testing.T, obey bool) *slowEngine {
	return &slowEngine{openEngine(t), make(chan struct{}, 10), make(chan struct{}), obey}
}

func (e *slowEngine) AddBatch(ctx context.Context, sources []engine.Source) []engine.AddResult {
	e.entered <- struct{}{}
	if e.obey {
		select {
		case <-e.open:
		case <-ctx.Done():
		}
	} else {
		<-e.open
	}
	return e.Engine.AddBatch(ctx, sources)
}

// post uploads a picture to a server and returns the status, or 0.
func post(url string, picture []byte) (status int, body []byte) {
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	data, contentType := form(file{"a.png", picture})
	resp, err := (&http.Client{Transport: transport}).Post(url+"/v1/images", contentType, bytes.NewReader(data))
	if err != nil {
		return 0, nil
	}
	defer resp.Body.Close()
	body, _ = io.ReadAll(resp.Body)
	return resp.StatusCode, body
}

// A shutdown lets an upload that is under way end, and takes no new ones.
func TestShutdownFinishesUploads(t *testing.T) {
	e := newSlowEngine(t, false)
	s := serve(t, api.Config{Engine: e})
	status := make(chan int)
	go func() {
		code, _ := post(s.url, pngOf(1))
		status <- code
	}()
	<-e.entered
	s.stop()
	waitUntil(t, "the listener is closed", func() bool { return !canConnect(s.addr) })
	select {
	case err := <-s.ended:
		t.Fatalf("Serve returned %v before the upload had ended", err)
	default:
	}
	close(e.open)
	if code := <-status; code != 201 {
		t.Errorf("the upload in flight: %d", code)
	}
	if err := <-s.ended; err != nil {
		t.Error(err)
	}
	if stats, err := e.Stats(); err != nil || stats.Images != 1 {
		t.Errorf("%+v, %v", stats, err)
	}
}

// A shutdown does not wait for ever, and no handler outlives Serve.
func TestShutdownCutsOff(t *testing.T) {
	e := newSlowEngine(t, true)
	s := serve(t, api.Config{Engine: e, Limits: api.Limits{Drain: 50 * time.Millisecond}})
	status := make(chan int)
	go func() {
		code, _ := post(s.url, pngOf(1))
		status <- code
	}()
	<-e.entered
	s.stop()
	if err := <-s.ended; err != nil {
		t.Error(err)
	}
	if code := <-status; code == 201 {
		t.Error("the upload that was cut off is acknowledged")
	}
	if stats, err := e.Stats(); err != nil || stats.Images != 0 {
		t.Errorf("%+v, %v", stats, err)
	}
}

// A load balancer is told before the listener closes.
func TestReadyzBeforeShutdown(t *testing.T) {
	s := serve(t, api.Config{Engine: openEngine(t), Limits: api.Limits{Notice: 2 * time.Second}})
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	ready := func() error { return api.NewClient(s.url, "", transport).Ready(context.Background()) }
	if err := ready(); err != nil {
		t.Error(err)
	}
	s.stop()
	waitUntil(t, "the shutdown begins", func() bool { return ready() != nil })
	wantProblem(t, ready(), 503, "shutting down")
	if err := <-s.ended; err != nil {
		t.Error(err)
	}
}

func canConnect(addr string) bool {
	conn, err := net.Dial("tcp", addr)
	if err == nil {
		conn.Close()
	}
	return err == nil
}

func TestReadyz(t *testing.T) {
	h := newHandler(t, func(c *api.Config) { c.Ready = func() bool { return false } })
	if p := get(t, h, "/readyz").problem(t); p.Status != 503 || !strings.Contains(p.Detail, "not ready yet") {
		t.Errorf("not ready: %+v", p)
	}
	if a := get(t, h, "/healthz"); a.status != 200 {
		t.Errorf("healthz: %d", a.status)
	}
}

func TestServeAnswers(t *testing.T) {
	s := serve(t, api.Config{Engine: openEngine(t)})
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	if _, err := api.NewClient(s.url, "", transport).Stats(context.Background()); err != nil {
		t.Error(err)
	}
	r := newClientRequest(context.Background(), "GET", s.url+"/v1/stats", nil)
	r.Host = "evil.example"
	resp, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 403 {
		t.Errorf("a name of another machine: %d", resp.StatusCode)
	}
	s.stop()
	if err := <-s.ended; err != nil {
		t.Error(err)
	}
}

// publicListener is a listener that other machines could reach.
type publicListener struct {
	net.Listener
	addr net.Addr
}

func (l publicListener) Addr() net.Addr { return l.addr }

func TestServeInPublicNeedsKey(t *testing.T) {
	for _, addr := range []net.Addr{&net.TCPAddr{IP: net.IPv4zero}, &net.TCPAddr{IP: net.IPv6unspecified}, &net.TCPAddr{IP: net.IPv4(192, 168, 1, 2)}, &net.IPAddr{}} {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		err = api.Serve(context.Background(), publicListener{ln, addr}, api.Config{Log: quiet})
		if !errors.Is(err, api.ErrNoAPIKey) {
			t.Errorf("%v: %v", addr, err)
		}
		if _, err := ln.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("%v: the listener is still open: %v", addr, err)
		}
	}
}

func TestServeFailures(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := api.Serve(context.Background(), ln, api.Config{UI: brokenFS{gallery}, Log: quiet}); !errors.Is(err, errFailing) {
		t.Errorf("a gallery that cannot be read: %v", err)
	}
	if err := api.Serve(context.Background(), ln, api.Config{Log: quiet}); !errors.Is(err, net.ErrClosed) {
		t.Errorf("a closed listener: %v", err)
	}
}

// A unix socket is as local as it gets.
func TestServeOnSocket(t *testing.T) {
	ln, err := net.Listen("unix", t.TempDir()+"/s")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if err := api.Serve(ctx, ln, api.Config{Log: quiet}); err != nil && !errors.Is(err, http.ErrServerClosed) {
		t.Error(err)
	}
}

// A client that sends its headers a byte at a time is disconnected.
func TestSlowLoris(t *testing.T) {
	s := serve(t, api.Config{Engine: openEngine(t), Limits: api.Limits{Header: 100 * time.Millisecond}})
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET /v1/stats HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
	if answer, err := io.ReadAll(conn); err != nil || bytes.Contains(answer, []byte("200 OK")) {
		t.Errorf("%q, %v", answer, err)
	}
	s.stop()
	if err := <-s.ended; err != nil {
		t.Error(err)
	}
}

// A body that is announced but never sent holds neither a connection nor the
// answer, also where nobody wants to read it.
func TestAnnouncedBody(t *testing.T) {
	s := serve(t, api.Config{Engine: openEngine(t), Limits: api.Limits{Stall: 100 * time.Millisecond}})
	for line, want := range map[string]string{"GET /v1/stats": "200 OK", "POST /v1/nothing": "404 Not Found", "POST /v1/import": "401 Unauthorized", "DELETE /v1/images/1": "404 Not Found"} {
		conn, err := net.Dial("tcp", s.addr)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "%s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nfew", line)
		answer, err := io.ReadAll(conn)
		if err != nil || !bytes.Contains(answer, []byte(want)) {
			t.Errorf("%s: %q, %v, want %s", line, answer, err, want)
		}
		conn.Close()
	}
	s.stop()
	if err := <-s.ended; err != nil {
		t.Error(err)
	}
}

// endless is an engine whose backup does not end by itself.
type endless struct {
	*engine.Engine
	failed chan error
}

func (e *endless) Backup(ctx context.Context, w io.Writer) (err error) {
	block := make([]byte, 1<<20)
	for err == nil {
		_, err = w.Write(block)
	}
	e.failed <- err
	return err
}

// A client that stops reading does not hold a handler for ever.
func TestClientThatStopsReading(t *testing.T) {
	e := &endless{openEngine(t), make(chan error, 1)}
	s := serve(t, api.Config{Engine: e, LocalToken: testToken, Limits: api.Limits{Stall: 200 * time.Millisecond}})
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET /v1/backup HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n", testToken)
	if err := <-e.failed; err == nil {
		t.Error("the backup ended without an error")
	}
	s.stop()
	if err := <-s.ended; err != nil {
		t.Error(err)
	}
}

// waitUntil polls; it gives up only when the test as a whole would.
func waitUntil(t *testing.T, what string, done func() bool) {
	t.Helper()
	for range 10000 {
		if done() {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("waited too long until %s", what)
}
