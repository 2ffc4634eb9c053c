package api

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
)

// Content-Security-Policies. The gallery runs its own scripts and nothing else.
// An answer of the API is data: should a browser open it as a page, that page
// may not run anything and belongs to no origin.
const (
	galleryCSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; " +
		"font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	dataCSP = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
)

// secure sets the headers that every answer carries. The gallery widens the policy.
func secure(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", dataCSP)
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Frame-Options", "DENY")
}

// checkHost refuses names of other machines where only this one can connect: a
// web page whose name was pointed here afterwards (DNS rebinding) would
// otherwise speak to the service as if it were the same origin.
func (s *service) checkHost(c *gin.Context) error {
	if !s.cfg.Loopback {
		return nil
	}
	host := hostname(c.Request.Host)
	if isLoopbackName(host) || slices.Contains(s.cfg.Hosts, host) {
		return nil
	}
	return refuse(errForbidden, "this server is for localhost only, not for a host called %s", shorten(host))
}

// checkOrigin refuses what a page of another site makes a browser send.
func (s *service) checkOrigin(c *gin.Context) error {
	if err := s.origins.Check(c.Request); err != nil {
		return refuse(errForbidden, "a page of another site may not do this (%v)", err)
	}
	return nil
}

// authenticate asks for the API key or the local token, where there is a key.
func (s *service) authenticate(c *gin.Context) error {
	if s.cfg.APIKey == "" || isOpen(c) {
		return nil
	}
	given := credential(c.Request)
	if sameSecret(given, s.cfg.APIKey) || s.isLocal(given) {
		return nil
	}
	c.Header("WWW-Authenticate", `Basic realm="lookalike", charset="UTF-8"`)
	return refuse(errAuth, "this server wants its API key, as Authorization: Bearer KEY or as the password of HTTP Basic")
}

// authenticateLocal asks for the token that only the data folder's owner can read.
func (s *service) authenticateLocal(c *gin.Context) error {
	if s.isLocal(credential(c.Request)) {
		return nil
	}
	c.Header("WWW-Authenticate", `Bearer realm="lookalike data folder"`)
	return refuse(errAuth, "only for a process that can read the data folder: send the token in its owner.json as Authorization: Bearer TOKEN")
}

// isLocal is whether the credential is the local token; there may be none.
func (s *service) isLocal(given string) bool {
	return s.cfg.LocalToken != "" && sameSecret(given, s.cfg.LocalToken)
}

// isOpen is whether a route answers without credentials: what a load balancer
// or a program that has yet to learn of the key asks.
func isOpen(c *gin.Context) bool {
	return slices.Contains([]string{"/healthz", "/readyz", "/openapi.yaml"}, c.FullPath())
}

// credential returns the Bearer token or the Basic password of a request.
func credential(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(token)
	}
	_, password, _ := r.BasicAuth()
	return password
}

// sameSecret compares in a time that depends on neither secret nor its length.
func sameSecret(given, want string) bool {
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(want))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// hostname returns the name in a Host header: without port, brackets and the
// root's dot, in lower case, because all these spell the same name.
func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
}

// isLoopbackName is whether a name can only mean this machine.
func isLoopbackName(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
