package api_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"lookalike/api"
)

// roundTrips runs a test of a transport over a network, which defines what is
// right, and in process.
func roundTrips(t *testing.T, h http.HandlerFunc, test func(t *testing.T, base string, rt http.RoundTripper)) {
	t.Run("http", func(t *testing.T) {
		srv := httptest.NewServer(h)
		defer srv.Close()
		transport := &http.Transport{}
		defer transport.CloseIdleConnections()
		test(t, srv.URL, transport)
	})
	t.Run("in process", func(t *testing.T) { test(t, "http://localhost", api.InProcess(h)) })
}

func newClientRequest(ctx context.Context, method, url string, body io.Reader) *http.Request {
	r, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		panic(err)
	}
	return r
}

func TestInProcessRequest(t *testing.T) {
	h := func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Add("X-Multi", "1")
		w.Header().Add("X-Multi", "2")
		w.WriteHeader(http.StatusTeapot)
		w.WriteHeader(http.StatusOK) // too late, as on a connection
		w.Header().Set("X-Late", "1")
		fmt.Fprintf(w, "%s|%s|%s|%s|%s|%s", r.Method, r.URL.Path, r.URL.RawPath, r.URL.RawQuery, r.Header.Get("X-In"), body)
	}
	roundTrips(t, h, func(t *testing.T, base string, rt http.RoundTripper) {
		r := newClientRequest(context.Background(), "PATCH", base+"/a%2Fb/c%20d?x=%26&y", strings.NewReader("body"))
		r.Header.Set("X-In", "in")
		resp, err := rt.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if got, want := string(body), "PATCH|/a/b/c d|/a%2Fb/c%20d|x=%26&y|in|body"; err != nil || got != want {
			t.Errorf("handler saw %s, %v, want %s", got, err, want)
		}
		if resp.StatusCode != 418 || resp.Status != "418 I'm a teapot" || len(resp.Header["X-Multi"]) != 2 || resp.Header.Get("X-Late") != "" {
			t.Errorf("response: %s %v", resp.Status, resp.Header)
		}
	})
}

func TestInProcessHead(t *testing.T) {
	h := func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "a body") }
	roundTrips(t, h, func(t *testing.T, base string, rt http.RoundTripper) {
		resp, err := rt.RoundTrip(newClientRequest(context.Background(), "HEAD", base, nil))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if body, err := io.ReadAll(resp.Body); err != nil || len(body) != 0 || resp.StatusCode != 200 {
			t.Errorf("%d %q, %v", resp.StatusCode, body, err)
		}
	})
}

// A handler that writes nothing has answered 200 nevertheless.
func TestInProcessSilentHandler(t *testing.T) {
	roundTrips(t, func(http.ResponseWriter, *http.Request) {}, func(t *testing.T, base string, rt http.RoundTripper) {
		resp, err := rt.RoundTrip(newClientRequest(context.Background(), "GET", base, nil))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if body, err := io.ReadAll(resp.Body); err != nil || len(body) != 0 || resp.StatusCode != 200 {
			t.Errorf("%d %q, %v", resp.StatusCode, body, err)
		}
	})
}

// Each side sees what the other sent before it sends on: neither body is held
// back until it is complete.
func TestInProcessStreams(t *testing.T) {
	h := func(w http.ResponseWriter, r *http.Request) {
		http.NewResponseController(w).EnableFullDuplex()
		line := make([]byte, 1)
		for {
			if _, err := r.Body.Read(line); err != nil {
				return
			}
			fmt.Fprintf(w, "got %s", line)
			w.(http.Flusher).Flush()
		}
	}
	roundTrips(t, h, func(t *testing.T, base string, rt http.RoundTripper) {
		pr, pw := io.Pipe()
		type result struct {
			resp *http.Response
			err  error
		}
		results := make(chan result)
		go func() {
			resp, err := rt.RoundTrip(newClientRequest(context.Background(), "POST", base, pr))
			results <- result{resp, err}
		}()
		fmt.Fprint(pw, "1")
		r := <-results
		if r.err != nil {
			t.Fatal(r.err)
		}
		defer r.resp.Body.Close()
		got := make([]byte, 5)
		for _, c := range []string{"1", "2", "3"} {
			if c != "1" {
				fmt.Fprint(pw, c)
			}
			if _, err := io.ReadFull(r.resp.Body, got); err != nil || string(got) != "got "+c {
				t.Fatalf("%q, %v", got, err)
			}
		}
		pw.Close()
		if rest, err := io.ReadAll(r.resp.Body); err != nil || len(rest) != 0 {
			t.Errorf("%q, %v", rest, err)
		}
	})
}

func TestInProcessPanic(t *testing.T) {
	for name, v := range map[string]any{"abort": http.ErrAbortHandler, "panic": "oops"} {
		before := func(http.ResponseWriter, *http.Request) { panic(v) }
		after := func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "half")
			w.(http.Flusher).Flush()
			panic(v)
		}
		t.Run(name+" before the answer", func(t *testing.T) {
			roundTrips(t, before, func(t *testing.T, base string, rt http.RoundTripper) {
				if resp, err := rt.RoundTrip(newClientRequest(context.Background(), "GET", base, nil)); err == nil {
					resp.Body.Close()
					t.Error("no error")
				}
			})
		})
		t.Run(name+" within the answer", func(t *testing.T) {
			roundTrips(t, after, func(t *testing.T, base string, rt http.RoundTripper) {
				resp, err := rt.RoundTrip(newClientRequest(context.Background(), "GET", base, nil))
				if err != nil {
					t.Fatal(err)
				}
				defer resp.Body.Close()
				if body, err := io.ReadAll(resp.Body); err == nil || string(body) != "half" {
					t.Errorf("%q, %v: half an answer looks whole", body, err)
				}
			})
		})
	}
}

// The client gives up before there is an answer: it is free at once, and the
// handler hears of it.
func TestInProcessCancelBefore(t *testing.T) {
	heard, started := make(chan error, 1), make(chan struct{})
	h := func(_ http.ResponseWriter, r *http.Request) {
		close(started)
		<-r.Context().Done()
		heard <- r.Context().Err()
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		<-started
		cancel()
	}()
	_, err := api.InProcess(http.HandlerFunc(h)).RoundTrip(newClientRequest(ctx, "GET", "http://x/", nil))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("client: %v", err)
	}
	select {
	case err := <-heard:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("handler: %v", err)
		}
	default:
		t.Error("the handler still runs")
	}
}

// A handler that waits for a body which does not come ends with the client.
func TestInProcessCancelWhileSending(t *testing.T) {
	pr, pw := io.Pipe()
	ctx, cancel := context.WithCancel(context.Background())
	h := func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		io.Copy(io.Discard, r.Body)
	}
	if _, err := api.InProcess(http.HandlerFunc(h)).RoundTrip(newClientRequest(ctx, "POST", "http://x/", pr)); !errors.Is(err, context.Canceled) {
		t.Errorf("client: %v", err)
	}
	if _, err := pw.Write([]byte("x")); err == nil {
		t.Error("the request's body is still open")
	}
}

// The client gives up within the answer, by its context or by closing the body.
func TestInProcessCancelWithin(t *testing.T) {
	for _, way := range []string{"context", "close"} {
		t.Run(way, func(t *testing.T) {
			heard := make(chan error, 1)
			h := func(w http.ResponseWriter, r *http.Request) {
				var err error
				for err == nil {
					_, err = io.WriteString(w, "on and on ")
				}
				<-r.Context().Done()
				heard <- err
			}
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			resp, err := api.InProcess(http.HandlerFunc(h)).RoundTrip(newClientRequest(ctx, "GET", "http://x/", nil))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadFull(resp.Body, make([]byte, 100)); err != nil {
				t.Error(err)
			}
			if way == "context" {
				cancel()
				if _, err := io.Copy(io.Discard, resp.Body); !errors.Is(err, context.Canceled) {
					t.Errorf("reading on: %v, want context.Canceled", err)
				}
			}
			resp.Body.Close()
			select {
			case err := <-heard:
				if err == nil {
					t.Error("the handler wrote to nobody without an error")
				}
			default:
				t.Error("the handler still runs")
			}
		})
	}
}

func TestInProcessBadURL(t *testing.T) {
	r := newClientRequest(context.Background(), "GET", "http://x/", nil)
	r.URL.Opaque, r.URL.Host = "//%zz", ""
	if _, err := api.InProcess(http.NotFoundHandler()).RoundTrip(r); err == nil {
		t.Error("no error")
	}
}
