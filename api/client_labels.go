package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
)

// ClassifyOptions say how to classify; zero fields mean the service's defaults.
type ClassifyOptions struct {
	Method      string // knn or probe
	K           int
	Temperature float64
}

func (o ClassifyOptions) values() url.Values {
	query := url.Values{}
	setText(query, "method", o.Method)
	setInt(query, "k", o.K)
	if o.Temperature != 0 {
		query.Set("temperature", strconv.FormatFloat(o.Temperature, 'g', -1, 64))
	}
	return query
}

// LabelsOf returns what was decided about an image's labels.
func (c *Client) LabelsOf(ctx context.Context, id string) (Labels, error) {
	var answer Labels
	err := c.call(ctx, request{method: "GET", path: imagePath(id, "/labels")}, &answer)
	return answer, err
}

// Labels returns all labels, those of the most images first.
func (c *Client) Labels(ctx context.Context) (LabelList, error) {
	var answer LabelList
	err := c.call(ctx, request{method: "GET", path: labelsPath}, &answer)
	return answer, err
}

// SetLabels stores decisions, all or none, and returns how many were new.
func (c *Client) SetLabels(ctx context.Context, changes []LabelChange) (int, error) {
	body, err := json.Marshal(LabelChanges{changes})
	if err != nil {
		return 0, err
	}
	var answer LabelsChanged
	err = c.call(ctx, request{method: "POST", path: labelsPath, body: bytes.NewReader(body), contentType: "application/json"}, &answer)
	return answer.Changed, err
}

// Classify returns labels for the picture in r, which is read to its end.
func (c *Client) Classify(ctx context.Context, name string, r io.Reader, o ClassifyOptions) (Suggestions, error) {
	body, contentType := multipartBody(name, r)
	defer body.Close()
	var answer Suggestions
	err := c.call(ctx, request{method: "POST", path: "/v1/classify", query: o.values(), body: body, contentType: contentType}, &answer)
	return answer, err
}

// Suggestions returns labels for a stored image.
func (c *Client) Suggestions(ctx context.Context, id string, o ClassifyOptions) (Suggestions, error) {
	var answer Suggestions
	err := c.call(ctx, request{method: "GET", path: imagePath(id, "/suggestions"), query: o.values()}, &answer)
	return answer, err
}

// Unlabelled returns a page of up to limit images without a label and what they
// may be, the surest first. The first page takes long where there are many.
func (c *Client) Unlabelled(ctx context.Context, o ClassifyOptions, cursor string, limit int, progress func(Progress)) (SuggestionPage, error) {
	query := o.values()
	setText(query, "cursor", cursor)
	setInt(query, "limit", limit)
	return callLong[SuggestionPage](ctx, c, request{method: "GET", path: suggestionsPath, query: query}, progress)
}

// TrainProbe trains a linear probe on the labelled images.
func (c *Client) TrainProbe(ctx context.Context, progress func(Progress)) (Probe, error) {
	return callLong[Probe](ctx, c, request{method: "POST", path: probePath}, progress)
}

// Probe returns how the probe did when it was trained.
func (c *Client) Probe(ctx context.Context) (Probe, error) {
	var answer Probe
	err := c.call(ctx, request{method: "GET", path: probePath}, &answer)
	return answer, err
}

// Evaluate returns how well labelled images are told from the others.
func (c *Client) Evaluate(ctx context.Context, o ClassifyOptions, progress func(Progress)) (Evaluation, error) {
	return callLong[Evaluation](ctx, c, request{method: "GET", path: evaluationPath, query: o.values()}, progress)
}

// callLong asks for an answer in lines and tells the progress until the result
// comes.
func callLong[T any](ctx context.Context, c *Client, r request, progress func(Progress)) (answer T, err error) {
	r.accept = linesType
	resp, err := c.do(ctx, r)
	if err != nil {
		return answer, err
	}
	defer resp.Body.Close()
	for in := json.NewDecoder(resp.Body); ; {
		var line Line[T]
		if err := in.Decode(&line); err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF // before the result
			}
			return answer, c.transportError(ctx, fmt.Errorf("the answer ended early: %w", err))
		}
		if line.Result != nil {
			return *line.Result, nil
		}
		if line.Progress != nil && progress != nil {
			progress(*line.Progress)
		}
	}
}
