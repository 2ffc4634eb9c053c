package api

import (
	"bytes"
	"context"
	"encoding/json"
)

// Reembedding returns how far the re-embedding is.
func (c *Client) Reembedding(ctx context.Context) (Reembedding, error) {
	var answer Reembedding
	err := c.call(ctx, request{method: "GET", path: reembeddingPath}, &answer)
	return answer, err
}

// Reembed has the service embed every image with another model in the
// background, or go on with that. It wants the local token.
func (c *Client) Reembed(ctx context.Context, req ReembeddingRequest) (Reembedding, error) {
	body, err := json.Marshal(req)
	if err != nil {
		return Reembedding{}, err
	}
	var answer Reembedding
	err = c.call(ctx, request{method: "POST", path: reembeddingPath, body: bytes.NewReader(body), contentType: "application/json"}, &answer)
	return answer, err
}

// CancelReembedding gives the re-embedding up. It wants the local token.
func (c *Client) CancelReembedding(ctx context.Context) (Reembedding, error) {
	var answer Reembedding
	err := c.call(ctx, request{method: "DELETE", path: reembeddingPath}, &answer)
	return answer, err
}
