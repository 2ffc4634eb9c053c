package api

import (
	"fmt"
	"net/http"
)

// Problem is an error answer, application/problem+json (RFC 9457). The Client
// returns it as the error: errors.As, then look at Status or Type.
type Problem struct {
	Type     string    `json:"type"` // stable name for programs, "urn:lookalike:not-found"
	Title    string    `json:"title"`
	Status   int       `json:"status"`
	Detail   string    `json:"detail"` // for people: what was wrong, the limit, what to do
	Failures []Failure `json:"failures,omitempty"`
}

const (
	problemType = "application/problem+json"
	problemURN  = "urn:lookalike:"
)

// Error says Detail, and each file that failed.
func (p *Problem) Error() string {
	text := p.Detail
	if text == "" {
		text = fmt.Sprintf("the server answered %d %s", p.Status, http.StatusText(p.Status))
	}
	for _, f := range p.Failures {
		if f.Error != p.Detail {
			text += "; " + f.Error
		}
	}
	return text
}
