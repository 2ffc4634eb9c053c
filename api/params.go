package api

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
)

// query reads the parameters of a URL and keeps the first thing that is wrong
// with them. Parameters that the route does not know are refused: a misspelt
// one would silently change the answer.
type query struct {
	values url.Values
	err    error
}

// parseQuery reads the URL's parameters, of which each may stand there once.
func parseQuery(c *gin.Context, known ...string) *query {
	values, err := url.ParseQuery(c.Request.URL.RawQuery)
	if err != nil {
		return &query{err: refuse(errRequest, "the parameters in the URL cannot be read: %v", err)}
	}
	for name, all := range values {
		if !slices.Contains(known, name) {
			return &query{err: refuse(errRequest, "no parameter is called %s here%s", shorten(name), listKnown(known))}
		}
		if len(all) > 1 {
			return &query{err: refuse(errRequest, "%s is given %d times; give it once", name, len(all))}
		}
	}
	return &query{values: values}
}

// listKnown continues a sentence with the names there are.
func listKnown(known []string) string {
	if len(known) == 0 {
		return ": this address takes none"
	}
	return "; there is " + strings.Join(known, ", ")
}

// int returns a whole number from low to high.
func (q *query) int(name string, otherwise, low, high int) int {
	text, given := q.text(name)
	if !given {
		return min(otherwise, high)
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < low || n > high {
		q.fail("%s=%s is not a whole number from %d to %d", name, shorten(text), low, high)
	}
	return n
}

// float is number with the precision of scores.
func (q *query) float(name string, otherwise float32, low, high float64) float32 {
	return float32(q.number(name, float64(otherwise), low, high))
}

// number returns a decimal number from low to high. Go's other spellings (NaN,
// 0x1p-2) are none.
func (q *query) number(name string, otherwise, low, high float64) float64 {
	text, given := q.text(name)
	if !given {
		return otherwise
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || strings.Trim(text, "+-.0123456789eE") != "" || !(x >= low && x <= high) {
		q.fail("%s=%s is not a number from %g to %g", name, shorten(text), low, high)
	}
	return x
}

// string returns a text of 1 to maxLen bytes, or "" where it is not given.
func (q *query) string(name string, maxLen int) string {
	text, given := q.text(name)
	if given && text == "" {
		q.fail("%s is empty; give it a value or leave it out", name)
	}
	if len(text) > maxLen {
		q.fail("%s is %d bytes long; the limit is %d", name, len(text), maxLen)
	}
	return text
}

// text returns a parameter as it stands in the URL.
func (q *query) text(name string) (string, bool) {
	if !q.values.Has(name) {
		return "", false
	}
	return q.values.Get(name), true
}

// fail keeps the first mistake.
func (q *query) fail(format string, args ...any) {
	if q.err == nil {
		q.err = refuse(errRequest, format, args...)
	}
}

// shorten quotes what a client sent so that it can stand in a message.
func shorten(s string) string {
	if len(s) > 40 {
		s = s[:40] + "..."
	}
	return strconv.Quote(s)
}
