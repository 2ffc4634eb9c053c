package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Client speaks to the service, over a network or, with InProcess, to a handler
// in this process. A refusal is returned as a *Problem. Client is safe for
// concurrent use.
type Client struct {
	base  string
	token string
	http  *http.Client
	grace time.Duration // see importGrace
}

// NewClient returns a client of the service at baseURL ("http://127.0.0.1:8080").
// token is an API key or the token of the data folder's owner.json, or "". A
// nil transport means plain HTTP without a proxy.
func NewClient(baseURL, token string, transport http.RoundTripper) *Client {
	if transport == nil {
		direct := http.DefaultTransport.(*http.Transport).Clone()
		direct.Proxy = nil // the token is for that server alone
		transport = direct
	}
	return &Client{
		base: strings.TrimRight(baseURL, "/"), token: token, grace: importGrace,
		http: &http.Client{
			Transport:     transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// request is what one call sends.
type request struct {
	method, path string // path: escaped
	query        url.Values
	body         io.Reader
	contentType  string
	accept       string
}

// imagePath is the address of an image, whatever its id consists of.
func imagePath(id string, more string) string { return imagesPath + "/" + url.PathEscape(id) + more }

// do sends a request, with the token in a header so that it is in no log, and returns a response that is no refusal. The caller
// closes its body.
func (c *Client) do(ctx context.Context, r request) (*http.Response, error) {
	target := c.base + r.path
	if len(r.query) > 0 {
		target += "?" + r.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, r.method, target, r.body)
	if err != nil {
		return nil, fmt.Errorf("lookalike server %s: %w", c.base, err)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	if r.contentType != "" {
		req.Header.Set("Content-Type", r.contentType)
	}
	if r.accept != "" {
		req.Header.Set("Accept", r.accept)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.transportError(ctx, err)
	}
	if resp.StatusCode >= 300 {
		defer resp.Body.Close()
		return nil, readProblem(resp)
	}
	return resp, nil
}

// transportError says what happened to a request, without its URL's query.
func (c *Client) transportError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	return fmt.Errorf("lookalike server %s: %w", c.base, err)
}

// call sends a request and decodes its JSON answer, unless answer is nil.
func (c *Client) call(ctx context.Context, r request, answer any) error {
	resp, err := c.do(ctx, r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if answer == nil {
		return nil
	}
	if err := json.NewDecoder(resp.Body).Decode(answer); err != nil {
		return c.transportError(ctx, fmt.Errorf("answer to %s %s: %w", r.method, r.path, err))
	}
	return nil
}

// readProblem makes an error of a refusal, also one that a proxy in between sent.
func readProblem(resp *http.Response) error {
	p := &Problem{Status: resp.StatusCode, Title: http.StatusText(resp.StatusCode)}
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if kind == problemType && json.Unmarshal(body, p) == nil {
		return p
	}
	text := strings.TrimSpace(string(body[:min(len(body), 200)]))
	p.Detail = fmt.Sprintf("the server answered %s: %s", resp.Status, text)
	return p
}
