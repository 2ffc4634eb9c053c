package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/url"
	"path/filepath"
	"strconv"
)

// Search finds the images that look like the picture in r, which is read to its
// end. k 0 and threshold 0 mean the service's defaults: 20 results, any score.
// region is the part of the picture to search by, as in openapi.yaml, or "".
func (c *Client) Search(ctx context.Context, name string, r io.Reader, k int, threshold float32, region string, options ...Option) (Results, error) {
	body, contentType := multipartBody(name, r)
	defer body.Close()
	var answer Results
	err := c.call(ctx, request{method: "POST", path: "/v1/search", query: with(searchValues(k, threshold, region), options), body: body, contentType: contentType}, &answer)
	return answer, err
}

// Similar finds the images that look like a stored one, as Search does.
func (c *Client) Similar(ctx context.Context, id string, k int, threshold float32, region string, options ...Option) (Results, error) {
	var answer Results
	err := c.call(ctx, request{method: "GET", path: imagePath(id, "/similar"), query: with(searchValues(k, threshold, region), options)}, &answer)
	return answer, err
}

// Images returns a page of up to limit images, newest first. cursor is "" or
// the page before's Next; limit 0 means the service's default.
func (c *Client) Images(ctx context.Context, cursor string, limit int, options ...Option) (ImageList, error) {
	query := url.Values{}
	setText(query, "cursor", cursor)
	setInt(query, "limit", limit)
	var answer ImageList
	err := c.call(ctx, request{method: "GET", path: imagesPath, query: with(query, options)}, &answer)
	return answer, err
}

// ImageByPath returns the image that an imported file belongs to. found is
// false when there is none. The path must be absolute.
func (c *Client) ImageByPath(ctx context.Context, path string) (image Image, found bool, err error) {
	var answer ImageList
	err = c.call(ctx, request{method: "GET", path: imagesPath, query: url.Values{"path": {path}}}, &answer)
	if err != nil || len(answer.Images) == 0 {
		return Image{}, false, err
	}
	return answer.Images[0], true, nil
}

// Image returns one image.
func (c *Client) Image(ctx context.Context, id string) (Image, error) {
	var answer Image
	err := c.call(ctx, request{method: "GET", path: imagePath(id, "")}, &answer)
	return answer, err
}

// Delete forgets an image.
func (c *Client) Delete(ctx context.Context, id string) error {
	return c.call(ctx, request{method: "DELETE", path: imagePath(id, "")}, nil)
}

// DeleteAll forgets images, and says which there were.
func (c *Client) DeleteAll(ctx context.Context, ids []string) (Deleted, error) {
	body, err := json.Marshal(Deletions{ids})
	if err != nil {
		return Deleted{}, err
	}
	var answer Deleted
	err = c.call(ctx, request{method: "POST", path: deletionsPath, body: bytes.NewReader(body), contentType: "application/json"}, &answer)
	return answer, err
}

// Duplicates returns what the collection holds more than once. threshold 0 and
// limit 0 mean the service's defaults.
func (c *Client) Duplicates(ctx context.Context, threshold float32, limit int) (Duplicates, error) {
	query := url.Values{}
	setFloat(query, "threshold", threshold)
	setInt(query, "limit", limit)
	var answer Duplicates
	err := c.call(ctx, request{method: "GET", path: duplicatesPath, query: query}, &answer)
	return answer, err
}

// EachDuplicate tells what Duplicates returns, line by line as it is found, with
// the progress in between; limit 0 means all. The last line has the threshold.
func (c *Client) EachDuplicate(ctx context.Context, threshold float32, limit int, tell func(DuplicateLine) error) error {
	query := url.Values{}
	setFloat(query, "threshold", threshold)
	setInt(query, "limit", limit)
	resp, err := c.do(ctx, request{method: "GET", path: duplicatesPath, query: query, accept: linesType})
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	for in := json.NewDecoder(resp.Body); ; {
		var line DuplicateLine
		if err := in.Decode(&line); err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF // before the last line
			}
			return c.transportError(ctx, fmt.Errorf("the answer ended early: %w", err))
		}
		if err := tell(line); err != nil || line.Model != nil {
			return err
		}
	}
}

// Stats returns the figures of this moment.
func (c *Client) Stats(ctx context.Context) (Stats, error) {
	var answer Stats
	err := c.call(ctx, request{method: "GET", path: "/v1/stats"}, &answer)
	return answer, err
}

// Recall has the service measure what searches find. want 0 means its default.
func (c *Client) Recall(ctx context.Context, want float64) (Recall, error) {
	query := url.Values{}
	setRecall(query, want)
	var answer Recall
	err := c.call(ctx, request{method: "GET", path: "/v1/recall", query: query}, &answer)
	return answer, err
}

// WithRecall asks for a search that finds a share of the true neighbours; 0 leaves
// that to the service.
func WithRecall(want float64) Option { return func(query url.Values) { setRecall(query, want) } }

func setRecall(query url.Values, want float64) {
	if want != 0 {
		query.Set("recall", strconv.FormatFloat(want, 'f', -1, 64))
	}
}

// Ready asks whether the service takes requests; nil means that it does.
func (c *Client) Ready(ctx context.Context) error {
	return c.call(ctx, request{method: "GET", path: "/readyz"}, nil)
}

// Check has the server check everything. It wants the local token.
func (c *Client) Check(ctx context.Context) (Report, error) {
	var answer Report
	err := c.call(ctx, request{method: "GET", path: checkPath}, &answer)
	return answer, err
}

// Compact has the service give back what is free in its database; progress
// counts bytes. It wants the local token.
func (c *Client) Compact(ctx context.Context, progress func(Progress)) (Compacted, error) {
	return callLong[Compacted](ctx, c, request{method: "POST", path: compactPath}, progress)
}

// Backup writes everything to w, as a tar for engine.Restore. What was written
// before an error is no backup. It wants the local token.
func (c *Client) Backup(ctx context.Context, w io.Writer) error {
	resp, err := c.do(ctx, request{method: "GET", path: backupPath})
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(w, resp.Body); err != nil {
		return c.transportError(ctx, fmt.Errorf("the backup is incomplete: %w", err))
	}
	return nil
}

// multipartBody streams a picture as an upload. Closing the body ends the
// goroutine that feeds it.
func multipartBody(name string, r io.Reader) (body *io.PipeReader, contentType string) {
	pr, pw := io.Pipe()
	form := multipart.NewWriter(pw)
	go func() {
		part, err := form.CreateFormFile(uploadField, filepath.Base(name))
		if err == nil {
			_, err = io.Copy(part, r)
		}
		if err == nil {
			err = form.Close()
		}
		pw.CloseWithError(err)
	}()
	return pr, form.FormDataContentType()
}

// searchValues are the parameters that both searches take.
func searchValues(k int, threshold float32, region string) url.Values {
	query := url.Values{}
	setText(query, "region", region)
	setInt(query, "k", k)
	setFloat(query, "threshold", threshold)
	return query
}

// Zero values are left out of a query: the service has its defaults.

// setText sets a parameter that is not "".
func setText(query url.Values, name, value string) {
	if value != "" {
		query.Set(name, value)
	}
}

// setInt sets a parameter that is not 0.
func setInt(query url.Values, name string, value int) {
	if value != 0 {
		query.Set(name, strconv.Itoa(value))
	}
}

// setFloat sets a parameter that is not 0, in as few digits as give it back.
func setFloat(query url.Values, name string, value float32) {
	if value != 0 {
		query.Set(name, strconv.FormatFloat(float64(value), 'g', -1, 32))
	}
}
