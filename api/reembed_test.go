package api_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lookalike/api"
	"lookalike/encoder"
	"lookalike/engine"
	"lookalike/internal/pictures"
)

// withTiny is a handler over an engine that can change to the encoder's test model.
func withTiny(t *testing.T) http.Handler {
	t.Helper()
	enc, err := starter()
	if err != nil {
		t.Fatal(err)
	}
	e, err := engine.Open(context.Background(), engine.Config{Dir: filepath.Join(t.TempDir(), "data"), Encoder: enc, Log: quiet,
		OpenModel: func(spec engine.Spec) (engine.OpenEncoder, error) {
			if spec.Name == "starter" {
				return encoder.Starter()
			}
			return encoder.Open(filepath.Join("..", "encoder", "testdata", spec.Name))
		}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return newHandler(t, func(c *api.Config) { c.Engine = e })
}

// TestReembedding changes the model over REST. Every answer is held against openapi.yaml.
func TestReembedding(t *testing.T) {
	h := withTiny(t)
	add(t, h, file{"a.png", pngOf(1)})
	wide := filepath.Join(t.TempDir(), "wide.png")
	if err := os.WriteFile(wide, encodePNG(pictures.Make(5, 1600, 90)), 0o600); err != nil {
		t.Fatal(err)
	}
	client := api.NewClient("http://localhost", testToken, api.InProcess(h))
	if err := client.Import(t.Context(), []string{wide}, func(r api.ImportResult) {
		if r.Error != "" {
			t.Error(r.Error)
		}
	}); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(wide); err != nil {
		t.Fatal(err)
	}
	ask := func(method, body, auth string, status int) (r api.Reembedding) {
		t.Helper()
		request := newRequest(method, "/v1/model/reembedding", nil)
		if body != "" {
			request = newRequest(method, "/v1/model/reembedding", strings.NewReader(body))
			request.Header.Set("Content-Type", "application/json")
		}
		setHeader(request, "Authorization", auth)
		a := send(t, h, request)
		if a.status != status {
			t.Fatalf("%s %s: status %d, want %d: %s", method, body, a.status, status, a.body)
		}
		if status >= 400 {
			a.problem(t)
			return r
		}
		decode(t, a.body, &r)
		return r
	}
	const owner = "Bearer " + testToken
	if r := ask("GET", "", "", 200); r.State != "idle" || r.Model.Name != "starter" || r.Target != nil || len(r.Failures) != 0 {
		t.Errorf("before: %+v", r)
	}
	ask("POST", `{"model":"tiny"}`, "", 401)
	ask("DELETE", "", "", 401)
	ask("POST", `{"model":""}`, owner, 400)
	ask("POST", `{"name":"tiny"}`, owner, 400)
	ask("POST", `{"model":"nobody"}`, owner, 422)
	if r := ask("POST", `{"model":"tiny"}`, owner, 202); r.State == "stopped" {
		t.Errorf("started: %+v", r)
	}
	r := waitIdle(t, client)
	if r.Model.Name != "tiny" || r.Model.Dim != 48 || r.NotEmbedded != 1 || len(r.Failures) != 1 || r.Failures[0].Path != wide || !strings.Contains(r.Failures[0].Error, "no such file") {
		t.Errorf("after: %+v", r)
	}
	image := send(t, h, newRequest("GET", "/v1/images/"+r.Failures[0].ID, nil))
	if !strings.Contains(string(image.body), `"not_embedded":"`) || !strings.Contains(string(image.body), `"model":""`) {
		t.Errorf("the image says %s", image.body)
	}
	if a := send(t, h, newRequest("GET", "/v1/images/"+r.Failures[0].ID+"/similar", nil)); a.status != 410 {
		t.Errorf("similar to it: %d %s", a.status, a.body)
	}
	if stats, err := client.Stats(t.Context()); err != nil || stats.NotEmbedded != 1 || stats.Model.Name != "tiny" {
		t.Errorf("%+v, %v", stats, err)
	}
	if _, err := client.Reembed(t.Context(), api.ReembeddingRequest{Model: "starter"}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.CancelReembedding(t.Context()); err != nil {
		t.Fatal(err)
	}
	waitIdle(t, client)
	var p *api.Problem
	if _, err := client.Reembed(t.Context(), api.ReembeddingRequest{Model: "nobody"}); !errors.As(err, &p) || p.Status != 422 || p.Type != "urn:lookalike:unusable-model" {
		t.Errorf("a model that is not there: %v", err)
	}
}

// waitIdle waits until nothing is under way.
func waitIdle(t *testing.T, c *api.Client) (r api.Reembedding) {
	t.Helper()
	for range 3000 {
		var err error
		if r, err = c.Reembedding(t.Context()); err != nil {
			t.Fatal(err)
		}
		if r.State == "idle" {
			return r
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("still at %+v", r)
	return r
}
