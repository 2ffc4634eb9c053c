package api

import (
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"lookalike/engine"
)

// Filter says which images a search or a list is among; its zero value fits all.
type Filter = engine.Filter

// filterParams are the parameters of a Filter.
var filterParams = []string{"in", "after", "before", "format", "min_width", "max_width", "min_height", "max_height", "min_bytes", "max_bytes", "label"}

// formats are what images can be, as in openapi.yaml.
var formats = []string{"jpeg", "png", "gif", "webp", "tiff", "bmp"}

// filter reads a Filter.
func (q *query) filter(maxPath int) Filter {
	f := Filter{
		Folder: decodePath(q.string("in", maxPath)), After: q.time("after"), Before: q.time("before"),
		Label: q.label("label"), MinWidth: q.size("min_width"), MaxWidth: q.size("max_width"), MinHeight: q.size("min_height"), MaxHeight: q.size("max_height"),
		MinBytes: int64(q.size("min_bytes")), MaxBytes: int64(q.size("max_bytes")),
	}
	if f.Folder != "" && !filepath.IsAbs(f.Folder) {
		q.fail("in=%s %s", shorten(f.Folder), notAbsolute)
	}
	if text, given := q.text("format"); given {
		f.Formats = strings.Split(text, ",")
		for _, name := range f.Formats {
			if !slices.Contains(formats, name) {
				q.fail("format=%s is none of %s", shorten(text), strings.Join(formats, ", "))
			}
		}
	}
	return f
}

// size reads a number of pixels or bytes, 0 where it is not given.
func (q *query) size(name string) int { return q.int(name, 0, 1, 1<<53) }

// time reads a day, which begins at midnight UTC, or a time.
func (q *query) time(name string) time.Time {
	text, given := q.text(name)
	if !given {
		return time.Time{}
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, text); err == nil && t.Year() >= 1 {
			return t
		}
	}
	q.fail("%s=%s is neither a day such as 2024-05-31 nor a time such as 2024-05-31T18:00:00Z", name, shorten(text))
	return time.Time{}
}

// Option adds to what a call of a Client asks for.
type Option func(url.Values)

// Among asks for images that fit a filter.
func Among(f Filter) Option {
	return func(query url.Values) {
		setText(query, "in", encodePath(f.Folder))
		setText(query, "label", f.Label)
		setText(query, "format", strings.Join(f.Formats, ","))
		for name, t := range map[string]time.Time{"after": f.After, "before": f.Before} {
			if !t.IsZero() {
				query.Set(name, t.UTC().Format(time.RFC3339))
			}
		}
		for name, n := range map[string]int64{
			"min_width": int64(f.MinWidth), "max_width": int64(f.MaxWidth), "min_height": int64(f.MinHeight), "max_height": int64(f.MaxHeight),
			"min_bytes": f.MinBytes, "max_bytes": f.MaxBytes,
		} {
			if n != 0 {
				query.Set(name, strconv.FormatInt(n, 10))
			}
		}
	}
}

// with applies options to a query.
func with(query url.Values, options []Option) url.Values {
	for _, o := range options {
		o(query)
	}
	return query
}
