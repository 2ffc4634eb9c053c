package api_test

import (
	"bytes"
	"testing"
)

// TestCompactInLines: who accepts lines is told how far it is, and then the result.
func TestCompactInLines(t *testing.T) {
	h := newHandler(t, nil)
	add(t, h, file{"a.png", pngOf(1)})
	r := newRequest("POST", "/v1/compact", nil, "Authorization", "Bearer "+testToken, "Accept", "application/x-ndjson")
	a := send(t, h, r)
	lines := bytes.Split(bytes.TrimSpace(a.body), []byte("\n"))
	if a.status != 200 || a.header.Get("Content-Type") != "application/x-ndjson" || !bytes.Contains(lines[len(lines)-1], []byte(`{"result":{"bytes_before":`)) {
		t.Errorf("%d %s %s", a.status, a.header.Get("Content-Type"), a.body)
	}
}
