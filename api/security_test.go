package api_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"lookalike/api"
)

// With an API key everything but the open addresses asks for it.
func TestAPIKey(t *testing.T) {
	h := newHandler(t, func(c *api.Config) {
		c.APIKey = testKey
		c.UI = fstest.MapFS{"index.html": {Data: []byte("gallery")}}
	})
	add := func(credential string) *http.Request {
		return withHeader(upload("/v1/images", file{"a.png", pngOf(1)}), "Authorization", credential)
	}
	if a := send(t, h, add("Bearer "+testKey)); a.status != 201 {
		t.Fatalf("with the key: %d %s", a.status, a.body)
	}
	basic := func(password string) string {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte("anybody:"+password))
	}
	protected := []string{"/", "/v1/images", "/v1/images/1", "/v1/images/1/thumbnail", "/v1/images/1/original", "/v1/images/1/attention", "/v1/images/1/similar", "/v1/duplicates", "/v1/stats"}
	for credential, ok := range map[string]bool{
		"Bearer " + testKey: true, "bearer  " + testKey: true, basic(testKey): true, "Bearer " + testToken: true,
		"": false, "Bearer": false, "Bearer ": false, "Bearer wrong": false, "Bearer " + testKey + "x": false, "Bearer " + testKey[:3]: false,
		testKey: false, basic("wrong"): false, basic(""): false, "Basic ???": false, "Digest " + testKey: false,
	} {
		for _, target := range protected {
			a := get(t, h, target, "Authorization", credential)
			if (a.status == 200) != ok || !ok && a.status != 401 {
				t.Errorf("%s with %q: %d", target, credential, a.status)
			}
			if challenge := a.header.Get("WWW-Authenticate"); !ok && !strings.HasPrefix(challenge, "Basic ") {
				t.Errorf("%s: challenge %q, so no browser asks for the key", target, challenge)
			}
		}
		if a := send(t, h, add(credential)); (a.status == 200) != ok {
			t.Errorf("upload with %q: %d", credential, a.status)
		}
	}
	for _, target := range []string{"/healthz", "/readyz", "/openapi.yaml"} {
		if a := get(t, h, target); a.status != 200 {
			t.Errorf("%s without the key: %d", target, a.status)
		}
	}
	for _, target := range []string{"/v1/nothing", "/v1/images/1/nothing"} {
		if a := get(t, h, target); a.status != 401 {
			t.Errorf("%s without the key: %d", target, a.status)
		}
	}
}

// The owner's routes open with the owner's token alone; without one never.
func TestLocalToken(t *testing.T) {
	routes := []string{"GET /v1/check", "GET /v1/backup", "POST /v1/import", "POST /v1/compact"}
	for _, c := range []struct {
		token, credential string
		ok                bool
	}{
		{testToken, "Bearer " + testToken, true}, {testToken, "Bearer " + testKey, false}, {testToken, "", false},
		{"", "Bearer ", false}, {"", "", false}, {"", "Bearer " + testKey, false},
	} {
		h := newHandler(t, func(cfg *api.Config) { cfg.LocalToken, cfg.APIKey = c.token, testKey })
		for _, route := range routes {
			method, target, _ := strings.Cut(route, " ")
			a := send(t, h, newRequest(method, target, strings.NewReader(""), "Authorization", c.credential))
			if (a.status != 401) != c.ok {
				t.Errorf("token %q, %s with %q: %d", c.token, route, c.credential, a.status)
			}
		}
	}
}

// A page of another site cannot make a browser change anything.
func TestCrossOrigin(t *testing.T) {
	h := newHandler(t, nil)
	for _, c := range []struct {
		name   string
		header []string
		ok     bool
	}{
		{"a program", nil, true},
		{"the gallery", []string{"Sec-Fetch-Site", "same-origin", "Origin", "http://example.com"}, true},
		{"the gallery in an old browser", []string{"Origin", "http://example.com"}, true},
		{"the address bar", []string{"Sec-Fetch-Site", "none"}, true},
		{"another site", []string{"Sec-Fetch-Site", "cross-site", "Origin", "http://evil.example"}, false},
		{"a sibling", []string{"Sec-Fetch-Site", "same-site", "Origin", "http://other.example.com"}, false},
		{"another site in an old browser", []string{"Origin", "http://evil.example"}, false},
		{"a sandboxed frame", []string{"Origin", "null"}, false},
	} {
		for _, r := range []*http.Request{upload("/v1/images", file{"a.png", pngOf(1)}), upload("/v1/search", file{"a.png", pngOf(1)}), newRequest("DELETE", "/v1/images/77", nil)} {
			for i := 0; i < len(c.header); i += 2 {
				r.Header.Set(c.header[i], c.header[i+1])
			}
			a := send(t, h, r)
			if (a.status != 403) != c.ok {
				t.Errorf("%s: %s %s answers %d", c.name, r.Method, r.URL, a.status)
			}
		}
	}
	a := get(t, h, "/v1/stats", "Origin", "http://evil.example")
	if a.header.Get("Access-Control-Allow-Origin") != "" || a.header.Get("Cross-Origin-Resource-Policy") != "same-origin" {
		t.Errorf("another site may read answers: %v", a.header)
	}
}

// On a loopback listener, a name that was pointed to this machine afterwards is refused.
func TestDNSRebinding(t *testing.T) {
	h := newHandler(t, func(c *api.Config) { c.Loopback, c.Hosts = true, []string{"photos.example"} })
	for host, ok := range map[string]bool{
		"localhost": true, "localhost:8080": true, "LOCALHOST:1": true, "127.0.0.1:8080": true, "127.1.2.3": true, "[::1]:8080": true, "[::1]": true,
		"::1": true, "my.localhost:8080": true, "localhost.": true, "photos.example": true, "photos.example:443": true,
		"evil.example": false, "evil.example:8080": false, "localhost.evil.example": false, "127.0.0.1.evil.example": false,
		"192.168.1.5": false, "[fe80::1]": false, "": false, "0.0.0.0": false, "evil-localhost": false, "x.photos.example": false,
	} {
		r := newRequest("GET", "/v1/stats", nil)
		r.Host = host
		if a := send(t, h, r); (a.status == 200) != ok || !ok && a.status != 403 {
			t.Errorf("host %q: %d", host, a.status)
		}
	}
	open := newHandler(t, nil)
	r := newRequest("GET", "/v1/stats", nil)
	r.Host = "photos.my-network"
	if a := send(t, open, r); a.status != 200 {
		t.Errorf("a server for others refuses its name: %d", a.status)
	}
}

func withHeader(r *http.Request, name, value string) *http.Request {
	r.Header.Set(name, value)
	return r
}
