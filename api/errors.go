package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"lookalike/engine"
	"lookalike/internal/imageio"
)

// ErrNoAPIKey is returned by Serve when the listener can be reached from other
// machines and no API key is set: everybody could read and delete everything.
var ErrNoAPIKey = errors.New("no API key")

// Kinds of requests that are refused before the engine is asked.
var (
	errRequest   = errors.New("bad request")
	errAuth      = errors.New("no valid credentials")
	errForbidden = errors.New("forbidden")
	errNoRoute   = errors.New("no such address")
	errMethod    = errors.New("method not allowed")
	errSlow      = errors.New("request came too slowly")
	errTooMuch   = errors.New("over a limit")
	errMedia     = errors.New("unsupported media type")
	errRange     = errors.New("range not satisfiable")
	errOutdated  = errors.New("precondition failed")
	errBusy      = errors.New("not available")
)

// table is the one place where an error becomes a status. The first row that
// fits counts; what fits none is an internal error.
var table = []kind{
	{is(errRequest, engine.ErrQuery, engine.ErrSource, engine.ErrLabel), 400, "bad-request", "Bad request"},
	{is(errAuth), 401, "unauthorized", "Unauthorized"},
	{is(errForbidden), 403, "forbidden", "Forbidden"},
	{is(errNoRoute, engine.ErrNotFound), 404, "not-found", "Not found"},
	{is(errMethod), 405, "method-not-allowed", "Method not allowed"},
	{is(errSlow), 408, "timeout", "Request timeout"},
	{is(engine.ErrUntrained, engine.ErrTooFew, engine.ErrWhiten, engine.ErrModel, engine.ErrJob), 409, "conflict", "Conflict"},
	{is(engine.ErrGone), 410, "gone", "Gone"},
	{is(errOutdated), 412, "precondition-failed", "Precondition failed"},
	{is(errTooMuch, imageio.ErrTooLarge), 413, "too-large", "Too large"},
	{is(errMedia), 415, "unsupported-media-type", "Unsupported media type"},
	{is(errRange), 416, "range", "Range not satisfiable"},
	unreadable,
	{is(engine.ErrNoModel), 422, "unusable-model", "Model cannot be used"},
	{is(context.Canceled), 499, "cancelled", "Client went away"},
	{is(errBusy, engine.ErrClosed), 503, "unavailable", "Service unavailable"},
}

// is fits what errors.Is finds one of the targets in.
func is(targets ...error) func(error) bool {
	return func(err error) bool {
		return slices.ContainsFunc(targets, func(target error) bool { return errors.Is(err, target) })
	}
}

// isPicture fits whatever imageio says about a file: its messages are made for
// the one who brought the file.
func isPicture(err error) bool {
	_, ok := errors.AsType[*imageio.Error](err)
	return ok
}

// internal is what a client hears of every error that is not in the table.
var internal = kind{status: 500, name: "internal", title: "Internal error"}

// damaged is what a client hears of data that do not check, which somebody can do something about.
var damaged = kind{status: 500, name: "damaged", title: "Damaged data"}

// unreadable is also what pictures share that failed for different reasons.
var unreadable = kind{isPicture, 422, "unreadable-picture", "Unreadable picture"}

// kind is a row of the table.
type kind struct {
	fits   func(error) bool
	status int
	name   string // of the problem's type, after problemURN
	title  string
}

// problem makes the answer with its detail.
func (k kind) problem(detail string) *Problem {
	return &Problem{Type: problemURN + k.name, Title: k.title, Status: k.status, Detail: detail}
}

// asProblem finds err in the table. known is false for an internal error and for damage, whose
// text is for the log and not for the client.
func asProblem(err error) (p *Problem, known bool) {
	for _, row := range table {
		if row.fits(err) {
			return row.problem(err.Error()), true
		}
	}
	if errors.Is(err, engine.ErrDamaged) {
		return damaged.problem("something in the data folder is damaged: lookalike check says what; delete such an image and add it again, or restore a backup"), false
	}
	return internal.problem("internal error: the server's log says more"), false
}

// refusal is an error of one of the kinds above with a text for the client.
type refusal struct {
	kind error
	text string
}

// refuse returns an error of the given kind that reads as the text.
func refuse(kind error, format string, args ...any) error {
	return &refusal{kind, fmt.Sprintf(format, args...)}
}

// Error is part of error.
func (r *refusal) Error() string { return r.text }

// Unwrap lets errors.Is find the kind.
func (r *refusal) Unwrap() error { return r.kind }

// bodyError explains why a request's body cannot be read: it came too slowly,
// is over the limit, or else is not what it should be.
func bodyError(err error, limit int64, otherwise string) error {
	if refused, ok := errors.AsType[*refusal](err); ok {
		return refused // the words that a decoder put around it help nobody
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return refuse(errTooMuch, "the request's body is over the limit of %d bytes", limit)
	}
	return refuse(errRequest, "%s: %v", otherwise, err)
}
