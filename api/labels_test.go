package api_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lookalike/api"
)

// families adds pictures of three kinds, four worn copies of each; the first two
// of each have the kind's name as their label. It returns all ids by kind.
func families(t testing.TB, h http.Handler) map[string][]string {
	t.Helper()
	ids := map[string][]string{}
	var changes []string
	for seed, kind := range []string{"ash", "birch/tree", "cédre & \"co\""} {
		for i, quality := range []int{95, 70, 45, 25} {
			id := add(t, h, file{fmt.Sprint(kind, i, ".jpg"), jpegOf(uint64(seed+1), quality)})[0].ID
			ids[kind] = append(ids[kind], id)
			if i < 2 {
				changes = append(changes, fmt.Sprintf(`{"id":%q,"label":%q,"decision":"given"}`, id, kind))
			}
		}
	}
	a := send(t, h, newRequest("POST", "/v1/labels", strings.NewReader(`{"changes":[`+strings.Join(changes, ",")+`]}`), "Content-Type", "application/json"))
	if a.status != 200 || strings.TrimSpace(string(a.body)) != `{"changed":6}` {
		t.Fatalf("%d %s", a.status, a.body)
	}
	return ids
}

func TestLabelRoutes(t *testing.T) {
	h := newHandler(t, nil)
	ids := families(t, h)
	ash, kinds := ids["ash"], []string{"ash", "birch/tree", "cédre & \"co\""}
	image := "/v1/images/" + ash[3]
	for _, step := range []struct {
		method, path, want string
		status             int
	}{
		{"GET", image + "/labels", `{"labels":[],"decisions":[]}`, 200},
		{"PUT", image + "/labels?label=" + url.QueryEscape(kinds[2]), `"labels":["cédre \u0026 \"co\""]`, 200},
		{"PUT", image + "/labels?decision=rejected&label=birch%2Ftree", `{"label":"birch/tree","decision":"rejected"`, 200},
		{"GET", image, `"labels":["cédre \u0026 \"co\""]`, 200},
		{"GET", image + "/suggestions", `{"suggestions":[{"label":"ash"`, 200},
		{"DELETE", image + "/labels?label=" + url.QueryEscape(kinds[2]), `"labels":[]`, 200},
		{"PUT", image + "/labels?decision=none&label=birch%2Ftree", `{"labels":[],"decisions":[]}`, 200},
		{"PUT", image + "/labels?label=%20ash%20&decision=accepted", `"labels":["ash"]`, 200},
		{"GET", "/v1/labels", `{"labels":[{"label":"ash","images":3},{"label":"birch/tree","images":2}`, 200},
		{"GET", "/v1/images?label=ash&limit=2", fmt.Sprintf(`{"images":[{"id":%q`, ash[3]), 200},
		{"GET", "/v1/images?label=none%20such", `{"images":[],"total":0`, 200},
	} {
		a := send(t, h, newRequest(step.method, step.path, nil))
		if a.status != step.status || !strings.Contains(string(a.body), step.want) {
			t.Errorf("%s %s: %d %s\nwant %s", step.method, step.path, a.status, a.body, step.want)
		}
	}
	var first, page api.ImageList
	decode(t, get(t, h, "/v1/images?label=ash&limit=2").body, &first)
	decode(t, get(t, h, "/v1/images?label=ash&cursor="+first.Next).body, &page)
	if len(page.Images) != 1 || page.Images[0].ID != ash[0] || page.Next != "" {
		t.Errorf("the second page: %+v", page)
	}
}

// TestLabelRefusals: what is wrong is said, and nothing of it happens.
func TestLabelRefusals(t *testing.T) {
	h := newHandler(t, nil)
	id := add(t, h, file{"a.png", pngOf(1)})[0].ID
	change := func(id, label, decision string) string {
		return fmt.Sprintf(`{"changes":[{"id":%q,"label":%q,"decision":%q}]}`, id, label, decision)
	}
	for _, tt := range []struct {
		method, path, body, want string
		status                   int
	}{
		{"PUT", "/v1/images/{a}/labels", "", "label is missing", 400},
		{"PUT", "/v1/images/{a}/labels?label=", "", "label is empty", 400},
		{"PUT", "/v1/images/{a}/labels?label=%20", "", "0 bytes", 400},
		{"PUT", "/v1/images/{a}/labels?label=a%00b", "", "control", 400},
		{"PUT", "/v1/images/{a}/labels?label=%FF", "", "not UTF-8", 400},
		{"PUT", "/v1/images/{a}/labels?label=" + strings.Repeat("x", 201), "", "must be 1 to 200", 400},
		{"PUT", "/v1/images/{a}/labels?label=x&decision=maybe", "", "none of given, accepted, rejected", 400},
		{"PUT", "/v1/images/99/labels?label=x", "", "image 99", 404},
		{"PUT", "/v1/images/cat/labels?label=x", "", "no image has the id", 404},
		{"DELETE", "/v1/images/{a}/labels?label=x&decision=given", "", "no parameter is called", 400},
		{"GET", "/v1/images/99/labels", "", "image 99", 404},
		{"GET", "/v1/images?label=x&path=%2Fa", "", "exclude each other", 400},
		{"GET", "/v1/labels?limit=3", "", "takes none", 400},
		{"POST", "/v1/labels", `{"changes":[]}`, "changes is empty", 400},
		{"POST", "/v1/labels", `{}`, "changes is empty", 400},
		{"POST", "/v1/labels", `[]`, "JSON", 400},
		{"POST", "/v1/labels", change(id, "x", "maybe"), "none of given", 400},
		{"POST", "/v1/labels", change("cat", "x", "given"), "no image has the id", 404},
		{"POST", "/v1/labels", change("99", "x", "given"), "image 99", 404},
		{"POST", "/v1/labels", change(id, "", "given"), "0 bytes", 400},
		{"GET", "/v1/images/{a}/suggestions?method=tea", "", "neither knn nor probe", 400},
		{"GET", "/v1/images/{a}/suggestions?method=probe", "", "no probe was trained", 409},
		{"GET", "/v1/images/{a}/suggestions?k=0", "", "whole number from 1", 400},
		{"GET", "/v1/images/{a}/suggestions?temperature=0", "", "number from 0.0001", 400},
		{"GET", "/v1/images/99/suggestions", "", "image 99", 404},
		{"GET", "/v1/suggestions?cursor=x", "", "start without one", 400},
		{"GET", "/v1/suggestions?cursor=3ff0000000000001-1", "", "start without one", 400},
		{"GET", "/v1/suggestions?method=probe", "", "no probe was trained", 409},
		{"GET", "/v1/probe", "", "no probe was trained", 409},
		{"POST", "/v1/probe", "", "too few labelled images", 409},
		{"POST", "/v1/probe?x=1", "", "takes none", 400},
		{"GET", "/v1/evaluation", "", "too few labelled images", 409},
		{"GET", "/v1/evaluation?method=probe", "", "too few labelled images", 409},
		{"POST", "/v1/classify", "", "curl -F file=@", 415},
	} {
		kind := ""
		if tt.body != "" {
			kind = "application/json"
		}
		r := newRequest(tt.method, strings.ReplaceAll(tt.path, "{a}", id), strings.NewReader(tt.body))
		setHeader(r, "Content-Type", kind)
		a := send(t, h, r)
		if p := a.problem(t); a.status != tt.status || !strings.Contains(p.Detail, tt.want) {
			t.Errorf("%s %s %s: %d %s, want %d %s", tt.method, tt.path, tt.body, a.status, p.Detail, tt.status, tt.want)
		}
	}
	if got := get(t, h, "/v1/labels"); strings.TrimSpace(string(got.body)) != `{"labels":[]}` {
		t.Errorf("after refusals: %s", got.body)
	}
}

// TestLabelChangesLimit: one more than the limit.
func TestLabelChangesLimit(t *testing.T) {
	h := newHandler(t, func(c *api.Config) { c.Limits.LabelChanges = 2 })
	one := `{"id":"1","label":"x","decision":"given"}`
	a := send(t, h, newRequest("POST", "/v1/labels", strings.NewReader(`{"changes":[`+one+","+one+","+one+`]}`), "Content-Type", "application/json"))
	if p := a.problem(t); a.status != 413 || !strings.Contains(p.Detail, "the limit is 2") {
		t.Errorf("%d %s", a.status, p.Detail)
	}
}

// TestClassifyRoutes goes the whole way with both methods, over the client.
func TestClassifyRoutes(t *testing.T) {
	h := newHandler(t, nil)
	ids := families(t, h)
	c := api.NewClient("http://localhost", "", api.InProcess(h))
	ctx := t.Context()
	probe, err := c.TrainProbe(ctx, nil)
	if err != nil || probe.Images != 6 || len(probe.Labels) != 3 || probe.Validation.Examples != 3 || len(probe.Tries) < 2 {
		t.Fatalf("trained: %+v, %v", probe, err)
	}
	stored, err := c.Probe(ctx)
	if diff := cmp.Diff(probe, stored); diff != "" || err != nil {
		t.Errorf("(-trained +stored): %s, %v", diff, err)
	}
	for _, o := range []api.ClassifyOptions{{}, {Method: "knn", K: 3, Temperature: 0.05}, {Method: "probe"}} {
		found, err := c.Classify(ctx, "q.jpg", bytes.NewReader(jpegOf(2, 80)), o)
		if err != nil || found.Suggestions[0].Label != "birch/tree" || found.Model.Note == "" {
			t.Errorf("%+v: %+v, %v", o, found, err)
		}
		one, err := c.Suggestions(ctx, ids["ash"][2], o)
		if err != nil || one.Suggestions[0].Label != "ash" {
			t.Errorf("%+v: %+v, %v", o, one, err)
		}
		checkUnlabelled(t, c, o, ids)
		ev, err := c.Evaluate(ctx, o, nil)
		if j := ev.Judgement; err != nil || j.Examples != 6 || ev.Folds != 6 || j.Majority != 1.0/3 || j.Accuracy < 0.6 || len(j.Labels) != 3 || len(j.Confusion) < 3 {
			t.Errorf("%+v: %+v, %v", o, ev, err)
		}
	}
	list, err := c.Images(ctx, "", 0, api.Among(api.Filter{Label: "ash"}))
	labels, err2 := c.LabelsOf(ctx, ids["ash"][0])
	if err != nil || err2 != nil || len(list.Images) != 2 || !slices.Equal(labels.Labels, []string{"ash"}) {
		t.Errorf("%d images, labels %+v, %v, %v", len(list.Images), labels, err, err2)
	}
	for _, path := range []string{"/v1/suggestions?limit=2", "/v1/probe", "/v1/evaluation", "/v1/evaluation?method=probe"} {
		if a := get(t, h, path); a.status != 200 || !strings.HasPrefix(a.header.Get("Content-Type"), "application/json") {
			t.Errorf("%s without lines: %d %s", path, a.status, a.body)
		}
		if a := get(t, h, path, "Accept", "application/x-ndjson"); a.status != 200 {
			t.Errorf("%s in lines: %d %s", path, a.status, a.body)
		}
	}
}

// checkUnlabelled goes through the pages, two images each.
func checkUnlabelled(t *testing.T, c *api.Client, o api.ClassifyOptions, ids map[string][]string) {
	t.Helper()
	seen, last := map[string]bool{}, 1.0
	for cursor := ""; ; {
		page, err := c.Unlabelled(t.Context(), o, cursor, 2, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range page.Images {
			best := one.Suggestions[0]
			if seen[one.Image.ID] || best.Share > last || !slices.Contains(ids[best.Label], one.Image.ID) {
				t.Errorf("%+v: image %s is %+v after %v", o, one.Image.ID, one.Suggestions, last)
			}
			seen[one.Image.ID], last = true, best.Share
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if len(seen) != 6 {
		t.Errorf("%+v: %d images without a label, want 6", o, len(seen))
	}
}

// TestLinesProgress: a client of a long answer hears the progress in between, and notices one that was broken off.
func TestLinesProgress(t *testing.T) {
	for name, tt := range map[string]struct{ body, want string }{
		"whole":      {"{\"progress\":{\"done\":1,\"of\":2}}\n{\"result\":{\"labels\":[\"x\"]}}\n", ""},
		"broken off": {"{\"progress\":{\"done\":1,\"of\":2}}\n", "ended early"},
		"no JSON":    {"<html>", "ended early"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Accept") != "application/x-ndjson" {
				t.Error("the client does not ask for lines")
			}
			_, _ = io.WriteString(w, tt.body)
		}))
		var heard []api.Progress
		got, err := api.NewClient(server.URL, "", nil).TrainProbe(context.Background(), func(p api.Progress) { heard = append(heard, p) })
		server.Close()
		if tt.want == "" && (err != nil || !slices.Equal(got.Labels, []string{"x"}) || !slices.Equal(heard, []api.Progress{{Done: 1, Of: 2}})) {
			t.Errorf("%s: %+v, %v, %v", name, got, heard, err)
		}
		if tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
