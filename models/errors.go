package models

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode"
)

// Errors that callers tell apart.
var (
	// ErrNotInstalled is returned when no model of that name is in the models folder.
	ErrNotInstalled = errors.New("no such model is installed")
	// ErrExists is returned when another model has the name already.
	ErrExists = errors.New("the name is taken by another model")
	// ErrName is returned for what cannot be a model's name, a repository, a revision or a URL.
	ErrName = errors.New("not a valid name")
	// ErrDamaged is returned by Verify when a file is not what it was when it was installed.
	ErrDamaged = errors.New("the model is damaged")
	// ErrUnusable is returned when what was found is no model, or the Probe cannot open it.
	ErrUnusable = errors.New("not a model that can be used")
)

// Errors of downloads.
var (
	// ErrNotFound is returned when the server has no such repository, revision or file.
	ErrNotFound = errors.New("not found")
	// ErrDenied is returned when the server wants a token, or another one.
	ErrDenied = errors.New("access denied")
	// ErrNetwork is returned when the server cannot be reached, stays silent or keeps cutting the connection.
	ErrNetwork = errors.New("the network fails")
	// ErrBusy is returned when the server asks to wait longer than we do, or keeps failing.
	ErrBusy = errors.New("the server is busy")
	// ErrContent is returned when an answer is not what was announced: wrong bytes, a wrong length, a web page.
	ErrContent = errors.New("wrong content")
)

// statusError is an answer other than success.
type statusError struct {
	code   int
	header http.Header
}

func (e *statusError) Error() string {
	text := fmt.Sprintf("%d %s", e.code, http.StatusText(e.code))
	if message := serverSays(e.header); message != "" {
		text += ": " + message
	}
	return text
}

// Is sorts the status among the errors of downloads.
func (e *statusError) Is(target error) bool {
	switch {
	case e.code == http.StatusUnauthorized || e.code == http.StatusForbidden:
		return target == ErrDenied
	case e.code == http.StatusNotFound || e.code == http.StatusGone:
		return target == ErrNotFound
	case e.temporary():
		return target == ErrBusy
	}
	return target == ErrContent
}

// temporary reports whether the same request may succeed later.
func (e *statusError) temporary() bool {
	return e.code == http.StatusTooManyRequests || e.code == http.StatusRequestTimeout || e.code >= 500
}

// serverSays is the hub's own explanation, shortened and without what a terminal might obey.
func serverSays(header http.Header) string {
	text := strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, header.Get("X-Error-Message"))
	if runes := []rune(text); len(runes) > 200 {
		text = string(runes[:200])
	}
	return text
}
