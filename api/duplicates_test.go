package api_test

import (
	"bytes"
	"strings"
	"testing"
)

// Every line of an answer in lines is as described, and each kind comes.
func TestDuplicateLines(t *testing.T) {
	h := newHandler(t, nil)
	add(t, h, file{"a.png", pngOf(1)}, file{"a small.jpg", jpegOf(1, 20)}, file{"b.png", pngOf(2)})
	add(t, h, file{"b again.png", pngOf(2)})
	r := newRequest("GET", "/v1/duplicates?threshold=0.5", nil)
	r.Header.Set("Accept", "application/x-ndjson")
	a := send(t, h, r)
	if kind := a.header.Get("Content-Type"); a.status != 200 || kind != "application/x-ndjson" {
		t.Fatalf("%d, %s: %s", a.status, kind, a.body)
	}
	kinds := map[string]int{}
	for line := range bytes.Lines(a.body) {
		validate(t, r, answer{status: 200, header: a.header, body: line})
		kind, _, _ := strings.Cut(strings.TrimPrefix(string(line), `{"`), `"`)
		kinds[kind]++
	}
	if kinds["progress"] < 1 || kinds["exact"] != 1 || kinds["group"] != 1 || kinds["threshold"] != 1 || len(kinds) != 4 {
		t.Errorf("%v in\n%s", kinds, a.body)
	}
	bad := newRequest("GET", "/v1/duplicates?limit=0", nil)
	bad.Header.Set("Accept", "application/x-ndjson")
	if a := send(t, h, bad); a.status != 400 {
		t.Errorf("limit 0: %d", a.status)
	}
}
