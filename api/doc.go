// Package api is the service: a REST API and the web gallery over an engine,
// and a client of them.
//
// openapi.yaml, written by hand, is the definition. The tests hold it against
// the router's routes and validate every request and answer with it.
//
// The way of a request:
//
//	net/http       headers in time and small enough              (serve.go)
//	   |
//	gate           counts handlers, so that a shutdown can wait   (serve.go)
//	   |
//	watch          bodies must move; the work has a time limit    (moving.go)
//	   |
//	gin            log, panics, headers, Host, Origin, API key    (router.go, security.go)
//	   |
//	handler        parse ------> call the engine ------> render
//	   |           params.go     images.go search.go     view.go
//	   |           upload.go     files.go local.go       respond.go
//	   |
//	error -------> errors.go: the only table from errors to answers
//
// The command line goes the same way without a network: InProcess is an
// http.RoundTripper that hands a Client's requests to the handler directly, and
// its bodies stream as those of a connection do.
//
// Invariants:
//
//   - What is answered as added or already there is on disk.
//   - Every error is an application/problem+json; an error that is in no row of
//     the table is logged, and the client hears "internal error".
//   - Nothing is read or kept in memory before a limit of it is known (Limits),
//     and a refusal names the limit.
//   - An answer that fails half-way is broken off, never ended as if complete.
//   - Nothing that was uploaded runs in the gallery's origin: files are served
//     by the type of their bytes, with nosniff and in a sandbox.
//   - Import, backup and check need the token that only a process which can
//     read the data folder has; an API key is not enough.
//   - No handler runs after Serve has returned.
package api
