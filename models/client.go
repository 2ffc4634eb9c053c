package models

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	defaultSilence = 60 * time.Second // without a byte, after which a connection is given up
	dialTimeout    = 15 * time.Second
	maxRedirects   = 10
	userAgent      = "lookalike"

	// slowest is for how many silences a connection may go on that brings less than gotOn in all of them together: a byte
	// now and then is no silence, and a file would take years.
	slowest = 10
)

// errSilent is the cause of a request that was given up.
var errSilent = errors.New("no byte came for a while")

// errRefused marks a failure that no retry can mend.
var errRefused = errors.New("refused")

// client sends requests. It gives up on silence, never on the total time, and proxies are those of the environment.
type client struct {
	token    string // sent to origin only; "" for none
	origin   string // scheme and host of the hub
	silence  time.Duration
	patience patience
	progress Progress
	follow   *http.Client // follows redirects to anywhere
	stay     *http.Client // follows them within one origin
}

// newClient makes a client with connections of its own, so that close can end them.
func newClient(token, origin string, p Progress) *client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DialContext = (&net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}).DialContext
	return &client{
		token: token, origin: origin, silence: defaultSilence, patience: defaultPatience(), progress: p,
		follow: &http.Client{Transport: transport, CheckRedirect: checkRedirect},
		stay: &http.Client{Transport: transport, CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if originOf(r.URL) != originOf(via[0].URL) {
				return http.ErrUseLastResponse
			}
			return checkRedirect(r, via)
		}},
	}
}

// originOf is what may share secrets: scheme, host and port. net/http looks at the host name alone.
func originOf(u *url.URL) string { return u.Scheme + "://" + u.Host }

// checkRedirect takes the token off once a redirect has left the first origin, also when it comes back there.
func checkRedirect(r *http.Request, via []*http.Request) error {
	if len(via) >= maxRedirects {
		return fmt.Errorf("%w: more than %d redirects", errRefused, maxRedirects)
	}
	if downgrade := via[len(via)-1].URL.Scheme == "https" && r.URL.Scheme != "https"; downgrade || !isHTTP(r.URL) {
		return fmt.Errorf("%w: a redirect from %s to %s", errRefused, via[len(via)-1].URL.Scheme, r.URL.Scheme)
	}
	r.Header.Del("Referer") // where we come from may carry a signature, and is nobody's business
	// net/http has copied the first request's headers into r. It would take the token off for another host name, but not
	// for another port, and it would put it on again for a redirect that comes back.
	for _, earlier := range append(via[1:], r) {
		if originOf(earlier.URL) != originOf(via[0].URL) {
			r.Header.Del("Authorization")
		}
	}
	return nil
}

// do sends a request and returns an answer of success or partial content, or an error. The body must be closed.
func (c *client) do(ctx context.Context, hc *http.Client, method, address string, header http.Header) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	req, err := http.NewRequestWithContext(ctx, method, address, nil)
	if err != nil {
		cancel(nil)
		return nil, fmt.Errorf("%w: %w", errRefused, err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	req.Header.Set("User-Agent", userAgent)
	req.Header.Set("Accept-Encoding", "identity") // lengths and ranges are those of the file itself
	if c.token != "" && originOf(req.URL) == c.origin {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	// Waiting for the headers counts as silence too; the watchdog is then the body's.
	watchdog := time.AfterFunc(c.silence, func() { cancel(errSilent) })
	resp, err := hc.Do(req)
	if err != nil {
		watchdog.Stop()
		defer cancel(nil)
		return nil, networkError(ctx, err)
	}
	resp.Body = &watchedBody{ReadCloser: resp.Body, ctx: ctx, cancel: cancel, watchdog: watchdog, silence: c.silence, since: time.Now()}
	if err := checkAnswer(resp); err != nil {
		resp.Body.Close()
		return nil, err
	}
	return resp, nil
}

// checkAnswer refuses what is no answer to a request for a file.
func checkAnswer(resp *http.Response) error {
	redirected := resp.Request.Method == http.MethodHead && resp.StatusCode >= 300 && resp.StatusCode < 400
	if resp.StatusCode >= 300 && !redirected || resp.StatusCode == http.StatusNoContent {
		return &statusError{resp.StatusCode, resp.Header}
	}
	// Captive portals and error pages of proxies come with the status 200.
	if kind := resp.Header.Get("Content-Type"); !redirected && strings.HasPrefix(kind, "text/html") {
		return errWebPage(resp.Request.URL)
	}
	if coding := resp.Header.Get("Content-Encoding"); coding != "" && coding != "identity" {
		return fmt.Errorf("%w: the answer is encoded as %q, which was not asked for", ErrContent, coding)
	}
	return nil
}

// errWebPage names the host that answered, which after a redirect is not the one that was asked.
func errWebPage(from *url.URL) error {
	return fmt.Errorf("%w: %s answers with a web page instead of the file; is there a login page or a proxy in between?", ErrContent, from.Host)
}

// networkError says what happened without the URL: one that a hub redirects to carries a signature.
func networkError(ctx context.Context, err error) error {
	var bad *tls.CertificateVerificationError
	var dns *net.DNSError
	var from *url.Error
	if errors.As(err, &from) {
		err = from.Err
	}
	cause := context.Cause(ctx)
	switch {
	case errors.Is(cause, errSilent):
		return fmt.Errorf("%w: %w", ErrNetwork, errSilent)
	case cause != nil:
		return cause // the caller's context has ended
	case errors.Is(err, errRefused):
		return fmt.Errorf("%w: %w", ErrContent, err)
	// Neither a certificate nor a name that does not exist gets better by waiting; other failures of DNS do.
	case errors.As(err, &bad), errors.As(err, &dns) && dns.IsNotFound:
		return fmt.Errorf("%w: %w: %w", ErrNetwork, errRefused, err)
	}
	return fmt.Errorf("%w: %w", ErrNetwork, err)
}

// watchedBody ends the request when no byte comes for a while, or hardly any for long.
type watchedBody struct {
	io.ReadCloser
	ctx      context.Context
	cancel   context.CancelCauseFunc
	watchdog *time.Timer
	silence  time.Duration

	since time.Time // came is counted from then on
	came  int
}

// Read feeds the watchdog with every byte, and says why there are no more.
func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if n > 0 {
		b.watchdog.Reset(b.silence)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = networkError(b.ctx, err)
	}
	if err == nil {
		err = b.tooSlow(n)
	}
	return n, err
}

// tooSlow counts what came, and gives up on a connection that crawls.
func (b *watchedBody) tooSlow(n int) error {
	b.came += n
	took := time.Since(b.since)
	if took < slowest*b.silence {
		return nil
	}
	if b.came < gotOn {
		return fmt.Errorf("%w: only %d bytes came in %s", ErrNetwork, b.came, took.Round(time.Second))
	}
	b.came, b.since = 0, time.Now()
	return nil
}

// Close also frees what the request's context holds.
func (b *watchedBody) Close() error {
	b.watchdog.Stop()
	defer b.cancel(nil)
	return b.ReadCloser.Close()
}

// close gives up connections that wait for further requests.
func (c *client) close() { c.follow.CloseIdleConnections() }
