package api

import (
	"strings"
	"time"
)

// Routes lists the router's routes as openapi.yaml writes them.
func Routes() []string {
	var all []string
	for _, r := range (&service{}).routes() {
		all = append(all, r.method+" "+strings.ReplaceAll(r.path, ":id", "{id}"))
	}
	return all
}

// SetGrace sets how long a cancelled import may go on.
func (c *Client) SetGrace(d time.Duration) { c.grace = d }

// DefaultLimits are those of a Config that names none, and what a request gets
// that names no number.
func DefaultLimits() (l Limits, k, page, groups int) {
	return Limits{}.withDefaults(), defaultK, defaultPageSize, defaultGroups
}

// How paths travel in JSON.
var (
	EncodePath = encodePath
	DecodePath = decodePath
)
