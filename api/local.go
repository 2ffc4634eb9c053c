package api

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"path/filepath"
	"runtime"
	"slices"
	"sync"

	"github.com/gin-gonic/gin"

	"lookalike/engine"
)

// importBatch is how many paths go to the engine together. Several batches are
// under way at once, so that one that comes to its end leaves no core idle, and
// lines come often.
const importBatch = 8

// importFiles adds files of this machine and answers a line for each as soon as
// it is on disk.
func (s *service) importFiles(c *gin.Context) error {
	var req ImportRequest
	if err := s.readJSON(c, &req); err != nil {
		return err
	}
	if err := s.cfg.Limits.checkPaths(req.Paths); err != nil {
		return err
	}
	c.Header("Content-Type", linesType)
	c.Header("Cache-Control", "no-store")
	c.Writer.WriteHeader(http.StatusOK)
	c.Writer.Flush()
	run := &importing{service: s, ctx: c.Request.Context(), out: c.Writer}
	run.all(req.Paths)
	if run.lines < len(req.Paths) {
		s.cfg.Log.Warn("import ended early; what was committed stays", "error", context.Cause(run.ctx), "paths", len(req.Paths), "done", run.lines)
	}
	return nil
}

// importing is one import at work.
type importing struct {
	*service
	ctx context.Context

	mu    sync.Mutex // a batch's lines are written together
	out   gin.ResponseWriter
	lines int
}

// all gives the engine batch after batch until there are no more paths or the
// client is gone. One batch more is under way than there are cores: while one
// waits for the disk, the others compute.
func (run *importing) all(paths []string) {
	batches := make(chan []string)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) + 1 {
		workers.Go(func() {
			for batch := range batches {
				run.add(batch)
			}
		})
	}
	for batch := range slices.Chunk(paths, importBatch) {
		if run.ctx.Err() != nil {
			break
		}
		batches <- batch
	}
	close(batches)
	workers.Wait()
}

// add adds a batch and writes its lines.
func (run *importing) add(paths []string) {
	sources := each(paths, func(p string) engine.Source { return engine.Source{Path: decodePath(p)} })
	results := run.cfg.Engine.AddBatch(run.ctx, sources)
	run.mu.Lock()
	defer run.mu.Unlock()
	out := json.NewEncoder(run.out)
	for i, r := range results {
		// What was not begun when the client left is no failure of the file.
		if r.Err != nil && run.ctx.Err() != nil && errors.Is(r.Err, run.ctx.Err()) {
			continue
		}
		// A client that cannot be written to is gone, and the context tells.
		if out.Encode(run.line(paths[i], r)) == nil {
			run.lines++
		}
	}
	run.out.Flush()
}

// line says what became of a path. It repeats the path as it was asked for, so
// that a client knows which of its paths this is.
func (run *importing) line(path string, r engine.AddResult) ImportResult {
	if r.Err != nil {
		return ImportResult{Path: path, Error: run.problem(run.ctx, importPath, r.Err).Detail}
	}
	return ImportResult{Path: path, ID: formatID(r.ID), Status: status(r)}
}

// readJSON reads a body of nothing but the JSON of v.
func (s *service) readJSON(c *gin.Context, v any) error {
	if kind, _, _ := mime.ParseMediaType(c.ContentType()); kind != "application/json" {
		return refuse(errMedia, "the body must be application/json, not %s", shorten(c.ContentType()))
	}
	in := json.NewDecoder(http.MaxBytesReader(c.Writer, c.Request.Body, s.cfg.Limits.ImportBytes))
	in.DisallowUnknownFields()
	err := in.Decode(v)
	if err == nil {
		if _, end := in.Token(); end != io.EOF {
			return refuse(errRequest, "something follows the JSON in the body")
		}
		return nil
	}
	return bodyError(err, s.cfg.Limits.ImportBytes, "the body is not the JSON that is expected")
}

// checkPaths applies the limits of an import.
func (l Limits) checkPaths(paths []string) error {
	if len(paths) == 0 {
		return refuse(errRequest, "paths is empty")
	}
	if len(paths) > l.ImportPaths {
		return refuse(errTooMuch, "there are %d paths in one import; the limit is %d", len(paths), l.ImportPaths)
	}
	for _, p := range paths {
		if len(p) > l.Path {
			return refuse(errRequest, "a path is %d bytes long; the limit is %d", len(p), l.Path)
		}
		if !filepath.IsAbs(decodePath(p)) {
			return refuse(errRequest, "%s %s", shorten(p), notAbsolute)
		}
	}
	return nil
}

const notAbsolute = "is not an absolute path: the server's working folder is not yours"

// backup answers with everything as a tar. One that fails half-way is broken
// off, so that nobody keeps half a backup for a whole one.
func (s *service) backup(c *gin.Context) error {
	c.Header("Content-Type", "application/x-tar")
	c.Header("Content-Disposition", `attachment; filename="lookalike.tar"`)
	c.Header("Cache-Control", "no-store")
	return s.cfg.Engine.Backup(c.Request.Context(), c.Writer)
}

// compact answers with what compacting the database has gained.
func (s *service) compact(c *gin.Context) error {
	if q := parseQuery(c); q.err != nil {
		return q.err
	}
	return answerLong(s, c, func(ctx context.Context, progress engine.Progress) (Compacted, error) {
		done, err := s.cfg.Engine.Compact(ctx, progress)
		return Compacted{BytesBefore: done.Before, BytesAfter: done.After}, err
	})
}

// check answers with what a check of everything found.
func (s *service) check(c *gin.Context) error {
	r, err := s.cfg.Engine.Check(c.Request.Context())
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, Report{OK: r.OK(), Problems: orEmpty(r.Problems), MissingFiles: orEmpty(r.Missing)})
}
