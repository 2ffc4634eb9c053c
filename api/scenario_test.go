package api_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// scenario is one request and what must, and what must not, come back.
type scenario struct {
	name    string
	method  string // GET where it is empty
	path    string // {a}, {b}: ids of the gallery below
	files   []file // an upload
	body    string // or any other body
	kind    string // and its Content-Type
	auth    string // Authorization
	status  int
	want    []string // regular expressions
	wantNot []string
}

const starterNote = `"note":"starter model: finds edited copies; for meaning, install DINO"`

// leaks are what no answer may hold: Go's types and calls, and internal places.
var leaks = []string{`panic`, `goroutine`, `\.go:`, `0x[0-9a-f]{8}`, `<nil>`, `%!`, `:null`, testToken}

func TestScenarios(t *testing.T) {
	h := newHandler(t, nil)
	dir := t.TempDir()
	a := add(t, h, file{"a.png", pngOf(1)})[0].ID
	likeA := add(t, h, file{"a small.jpg", jpegOf(1, 20)})[0].ID
	add(t, h, file{"a again.png", pngOf(1)})
	b := add(t, h, file{"b.png", pngOf(2)})[0].ID
	fill := strings.NewReplacer("{a}", a, "{a'}", likeA, "{b}", b, "{dir}", dir)
	for i := range scenarios {
		s := scenarios[i]
		t.Run(s.name, func(t *testing.T) { s.run(t, h, fill) })
	}
}

func (s scenario) run(t *testing.T, h http.Handler, fill *strings.Replacer) {
	method := s.method
	if method == "" {
		method = "GET"
	}
	body, kind := []byte(fill.Replace(s.body)), s.kind
	if s.files != nil {
		body, kind = form(s.files...)
	}
	var reader io.Reader
	if len(body) > 0 {
		reader = bytes.NewReader(body)
	}
	r := newRequest(method, fill.Replace(s.path), reader)
	setHeader(r, "Content-Type", kind)
	setHeader(r, "Authorization", s.auth)
	got := send(t, h, r)
	if got.status != s.status {
		t.Fatalf("status %d, want %d: %.500s", got.status, s.status, got.body)
	}
	if got.status >= 400 {
		got.problem(t)
	}
	s.compare(t, fmt.Sprintf("%v\n%s", got.header, got.body), fill)
}

func (s scenario) compare(t *testing.T, text string, fill *strings.Replacer) {
	t.Helper()
	for _, want := range s.want {
		if !regexp.MustCompile(fill.Replace(want)).MatchString(text) {
			t.Errorf("no %s in\n%.2000s", fill.Replace(want), text)
		}
	}
	unwanted := s.wantNot
	if !strings.Contains(text, "image/") && !strings.Contains(text, "application/yaml") && !strings.Contains(text, "application/x-tar") {
		unwanted = append(unwanted, leaks...)
	}
	for _, not := range unwanted {
		if regexp.MustCompile(fill.Replace(not)).MatchString(text) {
			t.Errorf("%s is in\n%.2000s", fill.Replace(not), text)
		}
	}
}

func setHeader(r *http.Request, name, value string) {
	if value != "" {
		r.Header.Set(name, value)
	}
}

var scenarios = []scenario{
	// Adding
	{name: "add one", method: "POST", path: "/v1/images", files: []file{{"c.png", pngOf(3)}}, status: 201,
		want: []string{`"images":\[{"id":"\d+","path":"c.png","status":"added"}\]`, `"failures":\[\]`, starterNote}},
	{name: "add it again", method: "POST", path: "/v1/images", files: []file{{"c.png", pngOf(3)}}, status: 200,
		want: []string{`"status":"already"`}, wantNot: []string{`"added"`}},
	{name: "add the same twice in one request", method: "POST", path: "/v1/images", status: 201,
		files: []file{{"d1.png", pngOf(4)}, {"d2.png", pngOf(4)}}, want: []string{`"status":"added"`, `"status":"already"`}},
	{name: "add good and bad", method: "POST", path: "/v1/images", status: 201,
		files: []file{{"e.png", pngOf(5)}, {"notes.txt", []byte("hello")}, {"empty.png", nil}, {"cut.png", pngOf(6)[:300]}, {"f.jpg", jpegOf(7, 90)}},
		want:  []string{`"path":"e.png".*"path":"f.jpg"`, `"path":"notes.txt","error":"notes.txt: `, `"path":"empty.png","error":`, `"path":"cut.png","error":"cut.png: `}},
	{name: "add only bad", method: "POST", path: "/v1/images", status: 422,
		files: []file{{"notes.txt", []byte("hello")}, {"empty.png", nil}},
		want:  []string{`urn:lookalike:unreadable-picture`, `"failures":\[{"path":"notes.txt","error":"notes.txt`, `none of the 2 pictures`}, wantNot: []string{`"images"`}},
	{name: "add one bad", method: "POST", path: "/v1/images", status: 422, files: []file{{"notes.txt", []byte("hello")}},
		want: []string{`"detail":"notes.txt: `, `"failures":\[`}},
	{name: "name with a path", method: "POST", path: "/v1/images", status: 201, files: []file{{"../../etc/x.png", pngOf(8)}}, want: []string{`"path":"x.png"`}, wantNot: []string{`etc`}},
	{name: "name with control characters", method: "POST", path: "/v1/images", kind: "multipart/form-data; boundary=b", status: 201,
		body: "--b\r\nContent-Disposition: form-data; name=\"file\"; filename*=utf-8''%2Fetc%2Fx%1B%5B31m%00%FF.png\r\n\r\n" + string(pngOf(9)) + "\r\n--b--\r\n",
		want: []string{`"path":"x_\[31m_\x{FFFD}.png"`}, wantNot: []string{`etc`, `u001b`}},
	{name: "add nothing", method: "POST", path: "/v1/images", files: []file{}, status: 400, want: []string{`no file in the upload`, `curl -F file=@`}},
	{name: "add without multipart", method: "POST", path: "/v1/images", body: "\x89PNG", kind: "image/png", status: 415, want: []string{`curl -F file=@`}},
	{name: "add without a body", method: "POST", path: "/v1/images", status: 415, want: []string{`curl -F file=@`}},
	{name: "multipart without a boundary", method: "POST", path: "/v1/images", body: "x", kind: "multipart/form-data", status: 400, want: []string{`boundary`}},
	{name: "multipart cut short", method: "POST", path: "/v1/images", kind: "multipart/form-data; boundary=b", status: 400,
		body: "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x.png\"\r\n\r\nabc", want: []string{`the upload cannot be read`}},
	{name: "wrong field", method: "POST", path: "/v1/images", kind: "multipart/form-data; boundary=b", status: 400,
		body: "--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"x.png\"\r\n\r\nabc\r\n--b--\r\n", want: []string{`a field named \\"image\\"`, `field named file`}},
	{name: "field without a file", method: "POST", path: "/v1/images", kind: "multipart/form-data; boundary=b", status: 400,
		body: "--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nphoto.jpg\r\n--b--\r\n", want: []string{`holds no file`}},
	{name: "add with a parameter", method: "POST", path: "/v1/images?k=1", files: []file{{"c.png", pngOf(3)}}, status: 400, want: []string{`no parameter is called`}},

	// Listing
	{name: "list", path: "/v1/images", status: 200, want: []string{`"total":\d+`, `"id":"{a}"`, starterNote}, wantNot: []string{`"next"`}},
	{name: "list a page", path: "/v1/images?limit=1", status: 200, want: []string{`"next":"\d+"`}, wantNot: []string{`"id":"{a}"`}},
	{name: "list below the oldest", path: "/v1/images?cursor=1", status: 200, want: []string{`"images":\[\]`}},
	{name: "cursor past the end", path: "/v1/images?cursor=18446744073709551615&limit=1", status: 200, want: []string{`"next"`}},
	{name: "bad cursor", path: "/v1/images?cursor=x", status: 400, want: []string{`cursor=`}},
	{name: "cursor zero", path: "/v1/images?cursor=0", status: 400},
	{name: "long cursor", path: "/v1/images?cursor=" + strings.Repeat("1", 65), status: 400, want: []string{`the limit is 64`}},
	{name: "limit 0", path: "/v1/images?limit=0", status: 400, want: []string{`from 1 to 500`}},
	{name: "limit 501", path: "/v1/images?limit=501", status: 400, want: []string{`from 1 to 500`}},
	{name: "limit x", path: "/v1/images?limit=x", status: 400},
	{name: "limit empty", path: "/v1/images?limit=", status: 400},
	{name: "limit twice", path: "/v1/images?limit=1&limit=2", status: 400, want: []string{`limit is given 2 times`}},
	{name: "unknown parameter", path: "/v1/images?limt=1", status: 400, want: []string{`no parameter is called \\"limt\\"`, `there is limit, cursor, path`}},
	{name: "bad escape", path: "/v1/images?limit=%25zz", status: 400},
	{name: "path that is not there", path: "/v1/images?path=/no/such.png", status: 200, want: []string{`"images":\[\]`}},
	{name: "relative path", path: "/v1/images?path=a.png", status: 400, want: []string{`not an absolute path`}},
	{name: "threshold a little over 1", path: "/v1/images/{a}/similar?threshold=1.00000001", status: 400},
	{name: "empty path", path: "/v1/images?path=", status: 400},
	{name: "long path", path: "/v1/images?path=/" + strings.Repeat("x", 4096), status: 400, want: []string{`the limit is 4096`}},

	// One image
	{name: "get", path: "/v1/images/{a}", status: 200, want: []string{`"id":"{a}"`, `"path":"a.png"`, `"width":96,"height":64,"format":"png"`,
		`"files":\[{"path":"a.png","uploaded":true.*"path":"a again.png"`, `"thumbnail":"/v1/images/{a}/thumbnail\?v=[0-9a-f]{16}"`}, wantNot: []string{`modified_at`}},
	{name: "get what is not there", path: "/v1/images/4000000000", status: 404, want: []string{`urn:lookalike:not-found`}},
	{name: "get what is no id", path: "/v1/images/abc", status: 404, want: []string{`no image has the id \\"abc\\"`}},
	{name: "get id zero", path: "/v1/images/0", status: 404},
	{name: "get id with a zero before it", path: "/v1/images/0{a}", status: 404},
	{name: "get id with a plus", path: "/v1/images/+{a}", status: 404},
	{name: "get id with a slash in it", path: "/v1/images/{a}%2Fthumbnail", status: 404, want: []string{`no image has the id`}},
	{name: "get id too large", path: "/v1/images/18446744073709551616", status: 404},
	{name: "get long id", path: "/v1/images/" + strings.Repeat("9", 500), status: 404, wantNot: []string{`9{100}`}},
	{name: "get no id", path: "/v1/images/", status: 404},
	{name: "thumbnail", path: "/v1/images/{a}/thumbnail", status: 200, want: []string{`Content-Type:\[image/jpeg\]`, `private, no-cache`, `nosniff`, `Etag`}},
	{name: "thumbnail by its address", path: "/v1/images/{a}/thumbnail?v=0011223344556677", status: 200, want: []string{`private, max-age=31536000, immutable`, `Etag`}},
	{name: "thumbnail with a wrong parameter", path: "/v1/images/{a}/thumbnail?w=3", status: 400, want: []string{`there is v`}},
	{name: "folders without any", path: "/v1/folders", status: 200, want: []string{`{"folders":\[\],"total":0}`}},
	{name: "folders of nothing", path: "/v1/folders?contains=", status: 400, want: []string{`contains is empty`}},
	{name: "too many folders", path: "/v1/folders?limit=501", status: 400, want: []string{`limit=.*501.* from 1 to 500`}},
	{name: "thumbnail of nothing", path: "/v1/images/99/thumbnail", status: 404},
	{name: "thumbnail of no id", path: "/v1/images/x/thumbnail", status: 404},
	{name: "original", path: "/v1/images/{a}/original", status: 200, want: []string{`Content-Type:\[image/png\]`, `inline; filename=a.png`, `sandbox`, `nosniff`}},
	{name: "original of nothing", path: "/v1/images/99/original", status: 404},
	{name: "original of no id", path: "/v1/images/x/original", status: 404},
	{name: "delete nothing", method: "DELETE", path: "/v1/images/99", status: 404},
	{name: "delete no id", method: "DELETE", path: "/v1/images/x", status: 404},

	// Searching
	{name: "similar", path: "/v1/images/{a}/similar?k=1", status: 200, want: []string{`"results":\[{"id":"{a'}","path":"a small.jpg","score":0\.`, starterNote}, wantNot: []string{`"id":"{a}"`}},
	{name: "similar above", path: "/v1/images/{b}/similar?threshold=1", status: 200, want: []string{`"results":\[\]`}},
	{name: "similar of nothing", path: "/v1/images/99/similar", status: 404},
	{name: "similar of no id", path: "/v1/images/x/similar", status: 404},
	{name: "k 0", path: "/v1/images/{a}/similar?k=0", status: 400, want: []string{`from 1 to 1000`}},
	{name: "k 1001", path: "/v1/images/{a}/similar?k=1001", status: 400, want: []string{`from 1 to 1000`}},
	{name: "k over 64 bits", path: "/v1/images/{a}/similar?k=99999999999999999999", status: 400},
	{name: "threshold NaN", path: "/v1/images/{a}/similar?threshold=NaN", status: 400, want: []string{`from -1 to 1`}},
	{name: "threshold Inf", path: "/v1/images/{a}/similar?threshold=Inf", status: 400},
	{name: "threshold 2", path: "/v1/images/{a}/similar?threshold=2", status: 400},
	{name: "search", method: "POST", path: "/v1/search?k=2", files: []file{{"q.jpg", jpegOf(1, 60)}}, status: 200, want: []string{`"results":\[{"id":"{a}"`, starterNote}},
	{name: "search does not add", path: "/v1/images", status: 200, wantNot: []string{`q.jpg`}},
	{name: "search with two", method: "POST", path: "/v1/search", files: []file{{"q.jpg", jpegOf(1, 60)}, {"r.jpg", jpegOf(2, 60)}}, status: 413, want: []string{`the limit of 1`}},
	{name: "search with none", method: "POST", path: "/v1/search", files: []file{}, status: 400, want: []string{`no file`}},
	{name: "search with text", method: "POST", path: "/v1/search", files: []file{{"q.txt", []byte("text")}}, status: 422, want: []string{`"detail":"q.txt: `}},
	{name: "search without multipart", method: "POST", path: "/v1/search", body: "{}", kind: "application/json", status: 415},
	{name: "search with bad k", method: "POST", path: "/v1/search?k=x", files: []file{{"q.jpg", jpegOf(1, 60)}}, status: 400},
	// Filters: what the gallery has is uploads of 96x64 or so, added now
	{name: "filter by format", path: "/v1/images?format=jpeg", status: 200, want: []string{`"format":"jpeg"`}, wantNot: []string{`"format":"png"`}},
	{name: "filter by width", path: "/v1/images?min_width=100000", status: 200, want: []string{`"images":\[\]`, `"total":0`}},
	{name: "filter by day", path: "/v1/images?after=2001-01-01&before=2999-12-31T23:59:59Z", status: 200, want: []string{`"id":"{a}"`}},
	{name: "filter by folder", path: "/v1/images?in=/nowhere", status: 200, want: []string{`"total":0`}},
	{name: "similar among", path: "/v1/images/{a}/similar?format=png", status: 200, want: []string{`"id":"{b}"`}, wantNot: []string{`"format":"jpeg"`}},
	{name: "similar among none", path: "/v1/images/{a}/similar?min_bytes=1000000000", status: 200, want: []string{`"results":\[\]`}},
	{name: "search among", method: "POST", path: "/v1/search?format=jpeg,gif", files: []file{{"q.png", pngOf(1)}}, status: 200, want: []string{`"format":"jpeg"`}, wantNot: []string{`"format":"png"`}},
	{name: "filter format unknown", path: "/v1/images?format=jpg", status: 400, want: []string{`is none of jpeg, png`}},
	{name: "filter day unknown", path: "/v1/images/{a}/similar?after=yesterday", status: 400, want: []string{`neither a day such as`}},
	{name: "filter folder relative", path: "/v1/images?in=photos", status: 400, want: []string{`not an absolute path`}},
	{name: "filter width 0", path: "/v1/images?min_width=0", status: 400, want: []string{`min_width`}},
	{name: "filter and path", path: "/v1/images?path=/x&format=png", status: 400, want: []string{`exclude each other`}},

	{name: "recall", path: "/v1/recall?recall=0.95", status: 200, want: []string{`"want":0.95`, `"points":\[{"ef":10,"recall_at_10":1`, `"reached":true`}},
	{name: "recall too low", path: "/v1/recall?recall=0.2", status: 400, want: []string{`from 0.5 to 1`}},
	{name: "similar with recall", path: "/v1/images/{a}/similar?recall=0.99&k=2", status: 200, want: []string{`"results":\[{`}},
	{name: "duplicates", path: "/v1/duplicates", status: 200, want: []string{`"threshold":0\.`, `"exact":\[{"image":{"id":`, `"groups":\[{"medoid":`, `"members":\[{"image":`, starterNote}},
	{name: "duplicates, only the same", path: "/v1/duplicates?threshold=1&limit=1", status: 200, want: []string{`"threshold":1,`, `"groups":\[\]`}},
	{name: "duplicates threshold 0", path: "/v1/duplicates?threshold=0", status: 400, want: []string{`from 0.1 to 1`}},
	{name: "duplicates limit 0", path: "/v1/duplicates?limit=0", status: 400},

	// The service
	{name: "stats", path: "/v1/stats", status: 200, want: []string{`"images":\d+,"files":\d+,"nodes":\d+`, `"version":"test"`, `"m":16,"ef_construction":200,"ef":64`, starterNote}},
	{name: "healthz", path: "/healthz", status: 200, want: []string{`"status":"ok"`}},
	{name: "readyz", path: "/readyz", status: 200, want: []string{`"status":"ok"`}},
	{name: "openapi", path: "/openapi.yaml", status: 200, want: []string{`openapi: 3`, `application/yaml`}},
	{name: "nothing there", path: "/v1/nothing", status: 404, want: []string{`nothing at`}},
	{name: "no gallery", path: "/", status: 404},
	{name: "trailing slash", path: "/v1/stats/", status: 404},
	{name: "double slash", path: "/v1//stats", status: 404},
	{name: "wrong method", method: "PUT", path: "/v1/images", status: 405, want: []string{`Allow:\[(GET, POST|POST, GET)\]`}},
	{name: "delete all", method: "DELETE", path: "/v1/images", status: 405},
	{name: "options", method: "OPTIONS", path: "/v1/images", status: 405},
	{name: "made-up method", method: "BREW", path: "/v1/stats", status: 405},

	// For the data folder's owner
	{name: "import without the token", method: "POST", path: "/v1/import", body: `{"paths":["/etc/passwd"]}`, kind: "application/json", status: 401, want: []string{`owner.json`, `Bearer`}},
	{name: "import with a wrong token", method: "POST", path: "/v1/import", body: `{"paths":["/etc/passwd"]}`, kind: "application/json", auth: "Bearer x", status: 401},
	{name: "import what is no picture", method: "POST", path: "/v1/import", body: `{"paths":["/dev/null","{dir}","{dir}/none.png"]}`, kind: "application/json", auth: "Bearer " + testToken, status: 200,
		want: []string{`{"path":"/dev/null","error":"[^"]*not a regular file`, `{"path":"{dir}","error":"[^"]*is a folder`, `none.png","error":"[^"]*no such file`}},
	{name: "import nothing", method: "POST", path: "/v1/import", body: `{"paths":[]}`, kind: "application/json", auth: "Bearer " + testToken, status: 400, want: []string{`paths is empty`}},
	{name: "import relative", method: "POST", path: "/v1/import", body: `{"paths":["a.png"]}`, kind: "application/json", auth: "Bearer " + testToken, status: 400, want: []string{`not an absolute path`}},
	{name: "import a misspelt field", method: "POST", path: "/v1/import", body: `{"path":["/a.png"]}`, kind: "application/json", auth: "Bearer " + testToken, status: 400, want: []string{`unknown field`}},
	{name: "import twice", method: "POST", path: "/v1/import", body: `{"paths":["/a"]}{"paths":["/b"]}`, kind: "application/json", auth: "Bearer " + testToken, status: 400, want: []string{`something follows`}},
	{name: "import half", method: "POST", path: "/v1/import", body: `{"paths":["/a`, kind: "application/json", auth: "Bearer " + testToken, status: 400},
	{name: "import without JSON", method: "POST", path: "/v1/import", body: `/a`, kind: "text/plain", auth: "Bearer " + testToken, status: 415},
	{name: "backup without the token", path: "/v1/backup", status: 401},
	{name: "backup", path: "/v1/backup", auth: "Bearer " + testToken, status: 200, want: []string{`application/x-tar`}, wantNot: []string{testToken}},
	{name: "compact without the token", method: "POST", path: "/v1/compact", status: 401},
	{name: "compact", method: "POST", path: "/v1/compact", auth: "Bearer " + testToken, status: 200, want: []string{`"bytes_before":\d+`, `"bytes_after":\d+`}},
	{name: "compact half", method: "POST", path: "/v1/compact?half=1", auth: "Bearer " + testToken, status: 400},
	{name: "check without the token", path: "/v1/check", status: 401},
	{name: "check", path: "/v1/check", auth: "Bearer " + testToken, status: 200, want: []string{`{"ok":true,"problems":\[\],"missing_files":\[\]}`}},

	// At the end, because the others need it
	{name: "delete many: none", method: "POST", path: "/v1/deletions", body: `{"ids":[]}`, kind: "application/json", status: 400, want: []string{`ids is empty`}},
	{name: "delete many: what there is not", method: "POST", path: "/v1/deletions", body: `{"ids":["999","x","999"]}`, kind: "application/json", status: 200, want: []string{`{"deleted":\[\],"missing":\["x","999"\]}`}},
	{name: "delete many", method: "POST", path: "/v1/deletions", body: `{"ids":["{b}","998"]}`, kind: "application/json", status: 200, want: []string{`{"deleted":\["{b}"\],"missing":\["998"\]}`}},
	{name: "get deleted with many", path: "/v1/images/{b}", status: 404},
	{name: "delete", method: "DELETE", path: "/v1/images/{a}", status: 204},
	{name: "get deleted", path: "/v1/images/{a}", status: 404},
	{name: "thumbnail of deleted", path: "/v1/images/{a}/thumbnail", status: 404},
	{name: "original of deleted", path: "/v1/images/{a}/original", status: 404},
	{name: "similar of deleted", path: "/v1/images/{a}/similar", status: 404},
	{name: "similar finds no deleted", path: "/v1/images/{a'}/similar", status: 200, wantNot: []string{`"id":"{a}"`}},
	{name: "delete again", method: "DELETE", path: "/v1/images/{a}", status: 404},
}
