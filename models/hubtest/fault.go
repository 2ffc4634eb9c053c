package hubtest

import (
	"fmt"
	"net/http"
	"time"
)

// Fault answers a request in place of the server; serve is what the server would have done.
type Fault func(w http.ResponseWriter, r *http.Request, serve http.HandlerFunc)

// None is no fault: the request goes through.
func None() Fault {
	return func(w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) { serve(w, r) }
}

// Status answers with a code and headers, given as name, value, name, value.
func Status(code int, headers ...string) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.HandlerFunc) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		http.Error(w, http.StatusText(code), code)
	}
}

// Page answers every request with a web page of a captive portal, of the given content type.
func Page(contentType string) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.HandlerFunc) {
		w.Header().Set("Content-Type", contentType)
		fmt.Fprint(w, "<!DOCTYPE html><html><title>Log in</title></html>")
	}
}

// Cut breaks the connection after n bytes of the body.
func Cut(n int) Fault {
	return func(w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
		serve(&writer{ResponseWriter: w, body: func(p []byte) ([]byte, bool) {
			if len(p) >= n {
				return p[:n], true
			}
			n -= len(p)
			return p, false
		}}, r)
	}
}

// Stall sends n bytes of the body and then nothing until the client has gone.
func Stall(n int) Fault {
	return func(w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
		serve(&writer{ResponseWriter: w, body: func(p []byte) ([]byte, bool) {
			if len(p) < n {
				n -= len(p)
				return p, false
			}
			_, _ = w.Write(p[:n])
			w.(http.Flusher).Flush()
			<-r.Context().Done()
			return nil, true
		}}, r)
	}
}

// Drip sends the body a byte at a time, with a pause before each.
func Drip(pause time.Duration) Fault {
	return func(w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
		serve(&writer{ResponseWriter: w, body: func(p []byte) ([]byte, bool) {
			for i := range p {
				select {
				case <-r.Context().Done():
					return nil, true
				case <-time.After(pause):
				}
				_, _ = w.Write(p[i : i+1])
				w.(http.Flusher).Flush()
			}
			return nil, false
		}}, r)
	}
}

// Body answers with other bytes than the file's.
func Body(data []byte) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.HandlerFunc) {
		w.Header().Set("Content-Type", "application/octet-stream")
		_, _ = w.Write(data)
	}
}

// Wrong changes the first byte of the body.
func Wrong() Fault {
	first := true
	return func(w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
		serve(&writer{ResponseWriter: w, body: func(p []byte) ([]byte, bool) {
			if first && len(p) > 0 {
				first, p = false, append([]byte{p[0] ^ 1}, p[1:]...)
			}
			return p, false
		}}, r)
	}
}

// Header serves with headers changed, given as name, value; an empty value takes the header away.
func Header(headers ...string) Fault {
	return func(w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
		serve(&writer{ResponseWriter: w, head: func(h http.Header) {
			for i := 0; i < len(headers); i += 2 {
				h.Set(headers[i], headers[i+1])
				if headers[i+1] == "" {
					h.Del(headers[i])
				}
			}
		}}, r)
	}
}

// Endless serves the file without its length, and goes on after its end.
func Endless() Fault {
	return func(w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
		serve(&writer{ResponseWriter: w, head: func(h http.Header) { h.Del("Content-Length") }}, r)
		more := make([]byte, 64<<10)
		for r.Context().Err() == nil {
			if _, err := w.Write(more); err != nil {
				return
			}
		}
	}
}

// Redirect sends the client elsewhere.
func Redirect(to string) Fault {
	return func(w http.ResponseWriter, r *http.Request, _ http.HandlerFunc) {
		w.Header().Set("Location", to)
		w.WriteHeader(http.StatusFound)
	}
}

// Whole ignores Range, as servers may.
func Whole() Fault {
	return func(w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
		r.Header.Del("Range")
		serve(w, r)
	}
}

// Regardless ignores If-Range, as servers must not: a part of whatever the file is now.
func Regardless() Fault {
	return func(w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
		r.Header.Del("If-Range")
		serve(w, r)
	}
}

// writer lets a fault at headers and body. A body that says so ends with a broken connection.
type writer struct {
	http.ResponseWriter
	head   func(http.Header)
	body   func([]byte) (out []byte, cut bool)
	headed bool
}

func (w *writer) WriteHeader(code int) {
	if w.head != nil && !w.headed {
		w.head(w.Header())
	}
	w.headed = true
	w.ResponseWriter.WriteHeader(code)
}

func (w *writer) Write(p []byte) (int, error) {
	if !w.headed {
		w.WriteHeader(http.StatusOK)
	}
	out, cut := p, false
	if w.body != nil {
		out, cut = w.body(p)
	}
	if _, err := w.ResponseWriter.Write(out); err != nil {
		return 0, err
	}
	if cut {
		w.ResponseWriter.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	return len(p), nil
}
