package models

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"

	"lookalike/models/hubtest"
)

// onCDN is a fault of the host with the bytes: the hub's redirect goes through first.
func onCDN(faults ...hubtest.Fault) (list []hubtest.Fault) {
	for _, f := range faults {
		list = append(list, hubtest.None(), f)
	}
	return list
}

// TestFaults: what passes is waited for, what does not is refused, and nothing wrong is ever installed.
func TestFaults(t *testing.T) {
	const api = "/revision/main"
	in := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(http.TimeFormat) }
	for name, c := range map[string]struct {
		at     string
		faults []hubtest.Fault
		err    error  // nil: the pull succeeds all the same
		text   string // of the error, or of a note
	}{
		"cut":                {weightsFile, onCDN(hubtest.Cut(100_000)), nil, "trying again in 1ms"},
		"cut thrice":         {weightsFile, onCDN(hubtest.Cut(0), hubtest.Cut(100_000), hubtest.Cut(7)), nil, "trying again"},
		"cut for ever":       {weightsFile, onCDN(hubtest.Cut(9), hubtest.Cut(9), hubtest.Cut(9), hubtest.Cut(9)), ErrNetwork, "tried 4 times"},
		"cut, with progress": {weightsFile, onCDN(hubtest.Cut(9), hubtest.Cut(9), hubtest.Cut(9), hubtest.Cut(70_000), hubtest.Cut(9), hubtest.Cut(9)), nil, "trying again"},
		"cut small file":     {configFile, []hubtest.Fault{hubtest.Cut(20)}, nil, "trying again"},
		"cut listing":        {api, []hubtest.Fault{hubtest.Cut(20)}, nil, "trying again"},
		"range ignored":      {weightsFile, onCDN(hubtest.Cut(100_000), hubtest.Whole()), nil, "trying again"},
		"silence":            {weightsFile, onCDN(hubtest.Stall(1000)), nil, "no byte came"},
		"crawling":           {weightsFile, onCDN(hubtest.Drip(10 * time.Millisecond)), nil, "bytes came in"},
		"crawling listing":   {api, []hubtest.Fault{hubtest.Drip(10 * time.Millisecond)}, nil, "bytes came in"},
		"pointer":            {weightsFile, onCDN(hubtest.Body(pointer)), ErrContent, "bytes are offered where 459632 are listed"},
		"range to the middle": {weightsFile, onCDN(hubtest.Cut(100_000), hubtest.Header("Content-Range", "bytes 100000-200000/459632", "Content-Length", "100001")),
			nil, "unexpected EOF"},
		"ranges, many":       {weightsFile, onCDN(hubtest.Cut(100_000), hubtest.Header("Content-Type", "multipart/byteranges; boundary=x", "Content-Range", "")), ErrContent, "Content-Range"},
		"range, total open":  {weightsFile, onCDN(hubtest.Cut(100_000), hubtest.Header("Content-Range", "bytes 100000-459631/*")), ErrContent, "Content-Range"},
		"500":                {weightsFile, onCDN(hubtest.Status(500)), nil, "500 Internal Server Error"},
		"502 of the hub":     {api, []hubtest.Fault{hubtest.Status(502), hubtest.Status(504)}, nil, "502 Bad Gateway"},
		"503 for ever":       {api, []hubtest.Fault{hubtest.Status(503), hubtest.Status(503), hubtest.Status(503), hubtest.Status(503)}, ErrBusy, "tried 4 times"},
		"429, seconds":       {api, []hubtest.Fault{hubtest.Status(429, "Retry-After", "1")}, nil, "429 Too Many Requests: trying again in 1s"},
		"429, date":          {weightsFile, []hubtest.Fault{hubtest.Status(429, "Retry-After", in(time.Second))}, nil, "429 Too Many Requests: trying again in"},
		"503, past date":     {weightsFile, []hubtest.Fault{hubtest.Status(503, "Retry-After", in(-time.Hour))}, nil, "trying again in 0s"},
		"429, nonsense":      {api, []hubtest.Fault{hubtest.Status(429, "Retry-After", "soon")}, nil, "trying again in 1ms"},
		"429, too long":      {api, []hubtest.Fault{hubtest.Status(429, "Retry-After", "3600")}, ErrBusy, "it asks to wait 1h0m0s"},
		"403":                {weightsFile, []hubtest.Fault{hubtest.Status(403, "X-Error-Message", "gated\n\u009b31m model")}, ErrDenied, "403 Forbidden: gated  31m model"},
		"404":                {weightsFile, []hubtest.Fault{hubtest.Status(404)}, ErrNotFound, weightsFile},
		"410 of the CDN":     {weightsFile, onCDN(hubtest.Status(410)), ErrNotFound, "410 Gone"},
		"no content":         {weightsFile, onCDN(hubtest.Status(204)), ErrContent, "204"},
		"418":                {weightsFile, onCDN(hubtest.Status(418)), ErrContent, "418"},
		"wrong bytes":        {weightsFile, onCDN(hubtest.Wrong()), ErrContent, "its checksum is"},
		"wrong small file":   {configFile, []hubtest.Fault{hubtest.Wrong()}, ErrContent, "its checksum is"},
		"wrong rest":         {weightsFile, onCDN(hubtest.Cut(100_000), hubtest.Wrong()), ErrContent, "its checksum is"},
		"shorter":            {weightsFile, onCDN(hubtest.Header("Content-Length", "1000")), ErrContent, "1000 bytes are offered where 459632 are listed"},
		"longer":             {weightsFile, onCDN(hubtest.Header("Content-Length", "459633")), ErrContent, "459633 bytes are offered"},
		"no length":          {weightsFile, onCDN(hubtest.Header("Content-Length", "")), nil, ""},
		"no length, cut":     {weightsFile, onCDN(hubtest.Header("Content-Length", ""), hubtest.Cut(5)), nil, ""},
		"endless":            {weightsFile, onCDN(hubtest.Endless()), ErrContent, "more than the announced 459632 bytes"},
		"endless listing":    {api, []hubtest.Fault{hubtest.Endless()}, ErrContent, "does not end"},
		"other range":        {weightsFile, onCDN(hubtest.Cut(100_000), hubtest.Header("Content-Range", "bytes 7-459631/459632")), ErrContent, "from 7 are offered"},
		"range of nothing":   {weightsFile, onCDN(hubtest.Cut(100_000), hubtest.Header("Content-Range", "")), ErrContent, "Content-Range"},
		"other total":        {weightsFile, onCDN(hubtest.Cut(100_000), hubtest.Header("Content-Range", "bytes 100000-459631/500000")), ErrContent, "500000 bytes are offered"},
		"range not asked":    {weightsFile, onCDN(hubtest.Status(206, "Content-Range", "bytes 0-1/459632")), ErrContent, "are offered"},
		"416":                {weightsFile, onCDN(hubtest.Cut(100_000), hubtest.Status(416)), nil, "no byte after 100000"},
		"416 of nothing":     {weightsFile, onCDN(hubtest.Status(416, "Content-Range", "bytes */0"), hubtest.None()), nil, "no byte after 0"},
		"compressed":         {weightsFile, onCDN(hubtest.Header("Content-Encoding", "gzip")), ErrContent, `encoded as "gzip"`},
		"portal":             {api, []hubtest.Fault{hubtest.Page("text/html; charset=utf-8")}, ErrContent, "web page"},
		"portal in disguise": {weightsFile, onCDN(hubtest.Header("Content-Type", "text/html")), ErrContent, "web page"},
		"portal as a file":   {configFile, []hubtest.Fault{hubtest.Page("application/octet-stream")}, ErrContent, ""},
		"listing as page":    {api, []hubtest.Fault{hubtest.Page("application/json")}, ErrContent, "other than a hub does"},
		"to a file":          {weightsFile, []hubtest.Fault{hubtest.Redirect("file:///etc/passwd")}, ErrContent, "a redirect from http to file"},
		"to nobody":          {weightsFile, []hubtest.Fault{hubtest.Redirect("http://127.0.0.1:1/x")}, nil, "trying again"},
		"in circles":         {configFile, circle(12), ErrContent, "more than 10 redirects"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			switch name {
			case "silence", "crawling", "crawling listing":
				s.client.silence = 300 * time.Millisecond
			default:
				s.client.silence = time.Minute
			}
			s.Inject(c.at, c.faults...)
			m, _, err := s.pull(t.Context(), anything)
			if c.err == nil {
				if err != nil || !strings.Contains(strings.Join(s.notes.texts, "\n"), c.text) {
					t.Fatalf("%v; notes %q, want %q among them", err, s.notes.texts, c.text)
				}
				s.wantInstalled(t, m)
				return
			}
			if !errors.Is(err, c.err) || !strings.Contains(err.Error(), c.text) || strings.Contains(err.Error(), "signature") {
				t.Errorf("%v, want %v with %q", err, c.err, c.text)
			}
			if _, err := s.folder.Get("tiny-vit"); !errors.Is(err, ErrNotInstalled) {
				t.Errorf("installed all the same: %v", err)
			}
			s.wantTidy(t)
			m, _, err = s.pull(t.Context(), anything) // and the next pull finds nothing in its way
			if err != nil {
				t.Fatal("again:", err)
			}
			s.wantInstalled(t, m)
		})
	}
}

// pointer is what Git LFS has in the place of a file that was not fetched.
var pointer = []byte("version https://git-lfs.github.com/spec/v1\noid sha256:" + strings.Repeat("0", 64) + "\nsize 459632\n")

// TestPointer: the pointer of a file is not taken for the file, and what it is is said.
func TestPointer(t *testing.T) {
	s, f := newSite(t), newFileServer(t, pointer)
	if _, _, err := s.folder.Pull(t.Context(), s.client, Request{Source: f.URL + "/x.safetensors"}, anything); !errors.Is(err, ErrContent) ||
		!strings.Contains(err.Error(), "Git LFS pointer") {
		t.Errorf("from a URL: %v", err)
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, configFile), s.files[configFile])
	write(t, filepath.Join(dir, weightsFile), pointer)
	found, name, err := Local(dir)
	if err == nil {
		_, _, err = s.folder.Install(t.Context(), name, found, anything, Silent{})
	}
	if !errors.Is(err, ErrUnusable) || !strings.Contains(err.Error(), filepath.Join(dir, weightsFile)+" is a Git LFS pointer") || !strings.Contains(err.Error(), "git lfs pull") {
		t.Errorf("from a clone: %v", err)
	}
	s.wantTidy(t)
}

// TestHugeDescription: a file that describes a model is not fetched, nor taken in, when it is larger than such files are.
func TestHugeDescription(t *testing.T) {
	s := newSite(t)
	for _, name := range []string{configFile, indexFile} {
		list := fmt.Sprintf(`{"sha": %q, "siblings": [{"rfilename": %q, "size": %d, "blobId": %q}]}`, s.commit, name, 1<<30, strings.Repeat("a", 40))
		s.Inject("/revision/main", hubtest.Body([]byte(list)))
		if _, _, err := s.pull(t.Context(), anything); !errors.Is(err, ErrUnusable) || !strings.Contains(err.Error(), name+" of 1073741824 bytes describes no model") {
			t.Errorf("%s: %v", name, err)
		}
		if asked := s.Requests("GET", "/resolve/"); len(asked) != 0 {
			t.Errorf("%s: asked for %v", name, asked)
		}
		dir := t.TempDir()
		write(t, filepath.Join(dir, weightsFile), s.files[weightsFile])
		write(t, filepath.Join(dir, name), nil)
		if err := os.Truncate(filepath.Join(dir, name), 1<<30); err != nil { // takes no room
			t.Fatal(err)
		}
		if name == configFile { // weightsFile goes before an index
			if _, _, err := Local(dir); !errors.Is(err, ErrUnusable) || !strings.Contains(err.Error(), "describes no model") {
				t.Errorf("%s in a folder: %v", name, err)
			}
			if _, err := opens(dir); err == nil || !strings.Contains(err.Error(), "1073741824 bytes") {
				t.Errorf("%s opened: %v", name, err)
			}
		}
	}
}

// TestPipes: what is a pipe in a folder is refused and not waited for.
func TestPipes(t *testing.T) {
	for _, name := range []string{configFile, weightsFile, indexFile} {
		s, dir := newSite(t), t.TempDir()
		for _, other := range []string{configFile, weightsFile} {
			if other != name && (name != indexFile || other != weightsFile) {
				write(t, filepath.Join(dir, other), s.files[other])
			}
		}
		if err := unix.Mkfifo(filepath.Join(dir, name), 0o600); err != nil {
			t.Fatal(err)
		}
		found, model, err := Local(dir)
		if err == nil {
			_, _, err = s.folder.Install(t.Context(), model, found, opens, Silent{})
		}
		if !errors.Is(err, ErrUnusable) || !strings.Contains(err.Error(), "not a regular file") {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := opens(dir); err == nil || !strings.Contains(err.Error(), "not a regular file") {
			t.Errorf("%s opened: %v", name, err)
		}
	}
}

// TestReferer: where a signed address redirects to does not get to see it.
func TestReferer(t *testing.T) {
	s := newSite(t)
	if _, _, err := s.pull(t.Context(), anything); err != nil {
		t.Fatal(err)
	}
	for _, r := range s.Requests("GET", "") {
		if r.Referer != "" {
			t.Errorf("%s was told %q", r.Path, r.Referer)
		}
	}
}

func circle(n int) (list []hubtest.Fault) {
	for range n {
		list = append(list, hubtest.Redirect(configFile))
	}
	return list
}

// TestToken: without it, with a wrong one, and who never gets to see it.
func TestToken(t *testing.T) {
	s := newSite(t)
	s.Token = "hf_right"
	for _, token := range []string{"", "hf_wrong"} {
		s.client.Token = token
		if _, _, err := s.pull(t.Context(), anything); !errors.Is(err, ErrDenied) || !strings.Contains(err.Error(), "Invalid username") || token != "" && strings.Contains(err.Error(), token) {
			t.Errorf("token %q: %v", token, err)
		}
	}
	s.client.Token = s.Token
	// There and back: what another host redirects to the hub again has been out of our hands.
	s.Inject(configFile, hubtest.Redirect(s.CDN+"/back/"+configFile), hubtest.Redirect(s.URL+"/"+tinyID+"/resolve/main/"+configFile))
	if _, _, err := s.pull(t.Context(), anything); !errors.Is(err, ErrDenied) {
		t.Errorf("there and back: %v", err)
	}
	var seen []string
	for _, r := range s.Requests("GET", configFile) {
		seen = append(seen, r.Auth)
	}
	if want := "[Bearer hf_right  ]"; len(seen) != 3 || seen[0] != "Bearer hf_right" || seen[1] != "" || seen[2] != "" {
		t.Errorf("token seen by %q, want %s", seen, want)
	}
}

// TestDowngrade: a redirect from https to http is refused.
func TestDowngrade(t *testing.T) {
	plain := newSite(t)
	secure := httptest.NewTLSServer(http.RedirectHandler(plain.URL, http.StatusFound))
	defer secure.Close()
	c, err := plain.client.client()
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	_, err = c.do(t.Context(), c.follow, http.MethodGet, secure.URL, nil)
	if !errors.Is(err, ErrNetwork) || mayPass(err) {
		t.Errorf("a certificate that nobody vouches for: %v", err)
	}
	c.follow.Transport = secure.Client().Transport
	_, err = c.do(t.Context(), c.follow, http.MethodGet, secure.URL, nil)
	if !errors.Is(err, ErrContent) || !strings.Contains(err.Error(), "from https to http") {
		t.Errorf("a redirect to http: %v", err)
	}
	if len(plain.Requests("GET", "")) != 0 {
		t.Error("the redirect was followed")
	}
}

// TestResume: a line that breaks anywhere, any number of times, within a run or between runs, gives the same bytes, and
// none that came is asked for again.
func TestResume(t *testing.T) {
	s := newSite(t)
	data := s.files[weightsFile]
	c, err := s.client.client()
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	part := filepath.Join(t.TempDir(), "part")
	rapid.Check(t, func(r *rapid.T) {
		c.patience.tries = rapid.IntRange(1, 3).Draw(r, "tries")
		sum, size := digest(hubtest.SHA256(data)), int64(len(data))
		if rapid.Bool().Draw(r, "unknown") {
			sum, size = "", -1
		}
		cuts := rapid.SliceOfN(rapid.IntRange(0, len(data)/3), 0, 6).Draw(r, "cuts")
		for _, n := range cuts {
			s.Inject(weightsFile, hubtest.Cut(n))
		}
		s.notes.bytes = 0
		d := &download{url: s.CDN + "/" + hubtest.SHA256(data) + "/" + weightsFile, name: "x", part: part, want: sum, size: size}
		err := c.fetch(t.Context(), d)
		for range cuts {
			if err != nil {
				err = c.fetch(t.Context(), d)
			}
		}
		if err != nil || !bytes.Equal(read(t, part), data) || s.notes.bytes != int64(len(data)) {
			r.Errorf("%v; %d bytes came of %d", err, s.notes.bytes, len(data))
		}
		if err := errors.Join(remove(part), remove(d.validatorPath())); err != nil {
			r.Fatal(err)
		}
	})
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for header, want := range map[string]time.Duration{
		"": -1, "soon": -1, "-5": -1, "1.5": -1, "0": 0, " 7 ": 7 * time.Second, "99999999999999": -1,
		"Fri, 02 Jan 2026 03:04:35 GMT": 30 * time.Second, "Fri, 02 Jan 2026 03:04:00 GMT": 0, "Friday, 02-Jan-26 03:05:05 GMT": time.Minute,
	} {
		if got := retryAfter(header, now); got != want {
			t.Errorf("retryAfter(%q) = %v, want %v", header, got, want)
		}
	}
}

// TestPatience: pauses double up to a bound, and a server that asks for too long is not waited for.
func TestPatience(t *testing.T) {
	n := &notes{}
	c := &client{progress: n, patience: patience{tries: 6, first: time.Millisecond, longest: 4 * time.Millisecond, asked: time.Minute}}
	calls := 0
	err := c.retry(t.Context(), func() (bool, error) { calls++; return false, ErrNetwork })
	if !errors.Is(err, ErrNetwork) || calls != 6 {
		t.Errorf("%d calls: %v", calls, err)
	}
	for i, pause := range []string{"1ms", "2ms", "4ms", "4ms", "4ms"} {
		if !strings.HasSuffix(n.texts[i], "trying again in "+pause) {
			t.Errorf("note %d: %q, want %s", i, n.texts[i], pause)
		}
	}
	if p := defaultPatience(); p.tries < 3 || p.asked < time.Minute || p.asked > time.Hour {
		t.Errorf("default %+v", p)
	}
}

func FuzzContentRange(f *testing.F) {
	f.Fuzz(func(t *testing.T, header string) {
		from, total, err := contentRange(header)
		if err == nil && (from < 0 || total <= from) {
			t.Errorf("%q: from %d of %d", header, from, total)
		}
		if err != nil && !errors.Is(err, ErrContent) {
			t.Errorf("%q: %v", header, err)
		}
	})
}
