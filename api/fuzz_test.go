package api_test

import (
	"bytes"
	"image"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// fuzzRoutes are where fuzzed requests go; ID stands for fuzzed bytes.
var fuzzRoutes = []string{
	"GET /v1/images", "POST /v1/images", "GET /v1/images/ID", "DELETE /v1/images/ID", "GET /v1/images/ID/thumbnail", "GET /v1/images/ID/original",
	"GET /v1/images/ID/similar", "POST /v1/search", "GET /v1/duplicates", "GET /v1/stats", "POST /v1/import", "GET /ID", "ID /v1/images",
	"GET /v1/images/ID/attention", "GET /v1/folders",
}

// FuzzRequest sends requests that nobody would write. None may make the server
// fail, each refusal is a problem, and whatever is accepted and answered is as
// openapi.yaml has it.
func FuzzRequest(f *testing.F) {
	body, contentType := form(file{"a.png", encodePNG(image.NewGray(image.Rect(0, 0, 4, 4)))})
	f.Add(uint8(1), "", "", contentType, body)
	f.Add(uint8(7), "k=1&threshold=0.5", "", contentType, body)
	f.Add(uint8(0), "limit=2&cursor=3", "", "", []byte(nil))
	f.Add(uint8(0), "path=/a%00b", "", "", []byte(nil))
	f.Add(uint8(6), "k=3", "1", "", []byte(nil))
	f.Add(uint8(10), "", "", "application/json", []byte(`{"paths":["/none"]}`))
	f.Add(uint8(5), "", "1%2f..%2f2", "", []byte(nil))
	f.Add(uint8(13), "head=mask", "1", "", []byte(nil))
	f.Add(uint8(13), "head=0000000001", "2", "", []byte(nil))
	f.Add(uint8(14), "contains=/&limit=3", "", "", []byte(nil))
	h := newHandler(f, nil)
	add(f, h, file{"a.png", pngOf(1)}, file{"b.png", pngOf(2)})
	f.Fuzz(func(t *testing.T, route uint8, rawQuery, id, contentType string, body []byte) {
		r, ok := fuzzedRequest(fuzzRoutes[int(route)%len(fuzzRoutes)], rawQuery, id, contentType, body)
		if !ok {
			return // what no server reads as a request
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		a := answer{w.Code, w.Result().Header, w.Body.Bytes()}
		if a.status >= 500 {
			t.Fatalf("%s %s: %d %s", r.Method, r.URL, a.status, a.body)
		}
		if a.status >= 400 {
			a.problem(t)
		}
		again, _ := fuzzedRequest(fuzzRoutes[int(route)%len(fuzzRoutes)], rawQuery, id, contentType, body)
		validate(t, again, a)
	})
}

// fuzzedRequest makes the request that a server would have read.
func fuzzedRequest(route, rawQuery, id, contentType string, body []byte) (r *http.Request, ok bool) {
	method, target, _ := strings.Cut(route, " ")
	if method == "ID" {
		method, id = id, ""
	}
	u, err := url.ParseRequestURI(strings.ReplaceAll(target, "ID", id) + "?" + rawQuery)
	if err != nil || method == "" || strings.ContainsAny(method, " \t\r\n") {
		return nil, false
	}
	r = httptest.NewRequest("GET", "/", bytes.NewReader(body))
	r.Method, r.URL, r.RequestURI = method, u, u.RequestURI()
	r.Header = http.Header{"Content-Type": {contentType}, "Authorization": {"Bearer " + testToken}}
	return r, true
}
