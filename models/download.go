package models

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"github.com/google/renameio/v2"
)

const (
	// maxFile is more than any ViT weighs: the largest of the literature has 22 billion parameters, in 16 bits.
	maxFile = 64 << 30
	// gotOn is how many bytes of a broken transfer count as progress.
	gotOn = 64 << 10
)

// download is one file on its way. Its bytes gather in part; a later run goes on where an earlier one stopped.
type download struct {
	url, name string
	part      string
	want      digest // none: the server's length and the caller's Probe have to do
	size      int64  // bytes; negative: what the server says
}

// validatorPath holds what the server calls the version that part is of, for If-Range: without a checksum nothing else
// says that the rest is of the same file. With one it is not asked: the hosts of a CDN may call the same bytes differently.
func (d *download) validatorPath() string { return d.part + ".version" }

// fetch downloads into d.part and verifies it. Bytes left by an earlier run that turn out to be of something else are
// thrown away, once.
func (c *client) fetch(ctx context.Context, d *download) error {
	for {
		resumed := fileSize(d.part) > 0
		if err := c.retry(ctx, func() (bool, error) { return c.attempt(ctx, d) }); err != nil {
			return fmt.Errorf("download %s: %w", d.name, err)
		}
		err := d.want.check(d.part)
		if err == nil {
			return errors.Join(syncFile(d.part), remove(d.validatorPath()))
		}
		if err := errors.Join(remove(d.part), remove(d.validatorPath())); err != nil {
			return err
		}
		if !resumed || !errors.Is(err, ErrContent) {
			return fmt.Errorf("download %s: %w", d.name, err)
		}
		c.progress.Note("what was there of " + d.name + " is of another file: starting over")
	}
}

// attempt sends one request for what is missing and appends the answer.
func (c *client) attempt(ctx context.Context, d *download) (progressed bool, err error) {
	f, err := os.OpenFile(d.part, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return false, err
	}
	// A write that the disk could not take may show only here.
	defer func() { err = errors.Join(err, f.Close()) }()
	have, header := d.resume(fileSize(d.part))
	if have > 0 && have == d.size {
		return true, nil
	}
	resp, err := c.do(ctx, c.follow, http.MethodGet, d.url, header)
	if err != nil {
		return false, outOfRange(err, f, have)
	}
	defer resp.Body.Close()
	from, total, err := d.span(resp, have)
	if err != nil {
		return false, err
	}
	if from > 0 && d.otherVersion(resp, header.Get("If-Range")) {
		return false, errors.Join(f.Truncate(0), fmt.Errorf("%w: the server offers the rest of another version of the file", ErrNetwork))
	}
	// A server that answers with the whole file, because it does not know Range or because If-Range no longer holds,
	// makes from 0: what was there is thrown away.
	if err := errors.Join(f.Truncate(from), seek(f, from), d.remember(resp)); err != nil {
		return false, err
	}
	n, err := c.receive(f, d, resp, from, total)
	return n >= gotOn, err
}

// outOfRange is err, unless it says that there are no bytes after those that we have: then these are all, or they are of
// another file and go.
func outOfRange(err error, f *os.File, have int64) error {
	var status *statusError
	if !errors.As(err, &status) || status.code != http.StatusRequestedRangeNotSatisfiable {
		return err
	}
	if have > 0 && status.header.Get("Content-Range") == fmt.Sprintf("bytes */%d", have) {
		return nil
	}
	return errors.Join(f.Truncate(0), fmt.Errorf("%w: the server has no byte after %d", ErrNetwork, have))
}

// resume returns how many bytes count as there, and the headers that ask for the others. Where nothing says that what is
// there belongs to the same file, that is none.
func (d *download) resume(have int64) (int64, http.Header) {
	if have == 0 || d.size >= 0 && have > d.size {
		return 0, nil
	}
	header := http.Header{"Range": {fmt.Sprintf("bytes=%d-", have)}}
	if !d.want.none() {
		return have, header
	}
	validator, err := os.ReadFile(d.validatorPath())
	if err != nil {
		return 0, nil
	}
	header.Set("If-Range", string(validator))
	return have, header
}

// span returns where the answer begins in the file and how long the file is, when both can be true.
func (d *download) span(resp *http.Response, have int64) (from, total int64, err error) {
	total = resp.ContentLength
	if resp.StatusCode == http.StatusPartialContent {
		if from, total, err = contentRange(resp.Header.Get("Content-Range")); err != nil {
			return 0, 0, err
		}
		if have == 0 || from != have {
			return 0, 0, fmt.Errorf("%w: bytes from %d were asked for, and from %d are offered", ErrContent, have, from)
		}
	}
	switch {
	case d.size >= 0 && total >= 0 && total != d.size:
		return 0, 0, fmt.Errorf("%w: %d bytes are offered where %d are listed", ErrContent, total, d.size)
	case d.size >= 0:
		total = d.size
	case total < 0:
		return 0, 0, fmt.Errorf("%w: the server does not say how long the file is", ErrContent)
	}
	if total == 0 || total > maxFile {
		return 0, 0, fmt.Errorf("%w: %d bytes are no model", ErrContent, total)
	}
	return from, total, nil
}

// contentRange reads "bytes FROM-TO/TOTAL".
func contentRange(header string) (from, total int64, err error) {
	rest, ok := strings.CutPrefix(header, "bytes ")
	span, length, ok2 := strings.Cut(rest, "/")
	first, _, ok3 := strings.Cut(span, "-")
	from, err1 := strconv.ParseInt(first, 10, 64)
	total, err2 := strconv.ParseInt(length, 10, 64)
	if !ok || !ok2 || !ok3 || err1 != nil || err2 != nil || from < 0 || total <= from {
		return 0, 0, fmt.Errorf("%w: Content-Range %q", ErrContent, header)
	}
	return from, total, nil
}

// otherVersion is whether an answer with the rest of a file says itself that it is not of the version that was asked for. With a
// checksum that is not asked, see validatorPath.
func (d *download) otherVersion(resp *http.Response, asked string) bool {
	got := strings.TrimPrefix(resp.Header.Get("ETag"), "W/")
	if !strings.HasPrefix(asked, `"`) {
		got = resp.Header.Get("Last-Modified")
	}
	return d.want.none() && got != "" && got != asked
}

// validatorOf is the name of the version of the file: a strong ETag, or else the date.
func validatorOf(resp *http.Response) string {
	if tag := resp.Header.Get("ETag"); tag != "" && !strings.HasPrefix(tag, "W/") {
		return tag
	}
	return resp.Header.Get("Last-Modified")
}

// remember keeps the name of this version of the file.
func (d *download) remember(resp *http.Response) error {
	if !d.want.none() {
		return nil
	}
	validator := validatorOf(resp)
	if validator == "" {
		return remove(d.validatorPath())
	}
	return renameio.WriteFile(d.validatorPath(), []byte(validator), 0o644)
}

// receive writes the answer behind what is there, and no byte more than total.
func (c *client) receive(f *os.File, d *download, resp *http.Response, from, total int64) (n int64, err error) {
	body := bufio.NewReaderSize(resp.Body, 1<<20)
	if from == 0 {
		head, _ := body.Peek(512)
		if strings.HasPrefix(http.DetectContentType(head), "text/html") {
			return 0, errors.Join(errWebPage(resp.Request.URL), f.Truncate(0))
		}
		if isPointer(head) {
			return 0, errors.Join(fmt.Errorf("%w: %s sends a Git LFS pointer instead of the file; ask for the file's own address", ErrContent, resp.Request.URL.Host), f.Truncate(0))
		}
	}
	c.progress.Begin(d.name, from, total)
	defer c.progress.End()
	n, err = io.Copy(io.MultiWriter(f, counter{c.progress}), io.LimitReader(body, total-from))
	if err != nil {
		return n, err
	}
	// net/http reports a body shorter than its Content-Length itself. This one had none, or its range was too short.
	if from+n < total {
		return n, fmt.Errorf("%w: it ended after %d of %d bytes", ErrNetwork, from+n, total)
	}
	if _, err := body.Peek(1); err == nil {
		return n, fmt.Errorf("%w: more than the announced %d bytes came", ErrContent, total)
	}
	return n, nil
}

func seek(f *os.File, offset int64) error {
	_, err := f.Seek(offset, io.SeekStart)
	return err
}

// fileSize is 0 for a file that is not there.
func fileSize(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}

// remove is os.Remove to which a missing file is as good as removed.
func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

func syncFile(path string) error {
	f, err := os.Open(path) // fsync works on a file opened for reading; so it does on a folder
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
