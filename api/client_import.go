package api

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"
)

// importRequest is how many paths the client sends at a time, and importGrace
// how long a cancelled import may take to end what it has begun, so that what
// was stored is also reported.
const (
	importRequest = 256
	importGrace   = 3 * time.Second
)

// Import adds files of the server's machine by their absolute paths, and calls
// done, one call at a time, for each as soon as it is on disk or has failed.
// When ctx ends, Import begins nothing more and returns ctx's error within
// moments; what was stored by then stays. It wants the local token.
func (c *Client) Import(ctx context.Context, paths []string, done func(ImportResult)) error {
	for chunk := range slices.Chunk(paths, importRequest) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := c.importChunk(ctx, chunk, done); err != nil {
			return err
		}
	}
	return nil
}

// importChunk sends one request and reads its lines.
func (c *Client) importChunk(ctx context.Context, paths []string, done func(ImportResult)) error {
	body, err := json.Marshal(ImportRequest{Paths: each(paths, encodePath)})
	if err != nil {
		return err
	}
	lingering, cancel := linger(ctx, c.grace)
	defer cancel()
	resp, err := c.do(lingering, request{method: "POST", path: importPath, body: bytes.NewReader(body), contentType: "application/json"})
	if err != nil {
		return cmp.Or(ctx.Err(), err)
	}
	defer resp.Body.Close()
	n, err := readLines(resp.Body, done)
	if err == nil && n < len(paths) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return c.transportError(ctx, fmt.Errorf("import ended after %d of %d files: %w", n, len(paths), err))
	}
	return ctx.Err()
}

// readLines decodes results until the answer ends.
func readLines(r io.Reader, done func(ImportResult)) (n int, err error) {
	in := json.NewDecoder(r)
	for {
		var line ImportResult
		if err := in.Decode(&line); err == io.EOF {
			return n, nil
		} else if err != nil {
			return n, err
		}
		line.Path = decodePath(line.Path)
		done(line)
		n++
	}
}

// linger returns a context that ends some time after its parent does.
func linger(parent context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(parent))
	stop := context.AfterFunc(parent, func() { time.AfterFunc(grace, cancel) })
	return ctx, func() { stop(); cancel() }
}
