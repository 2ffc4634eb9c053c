package api

import (
	"time"

	"lookalike/internal/imageio"
)

// Limits is everything that a request may ask of the server. A zero field
// means its default. What goes over is refused with a 4xx that names the limit.
type Limits struct {
	Picture      imageio.Limits // one uploaded picture; default 256 MiB and 100 megapixels (413)
	BodyBytes    int64          // one request's body; default 1 GiB (413)
	Files        int            // pictures in an upload; default 1,000 (413)
	UploadMemory int64          // bytes of uploads held at once, over all requests; others wait; default 512 MiB
	Name         int            // bytes of an upload's file name; default 255 (400)
	Path         int            // bytes of a path; default 4,096 (400)
	ImportPaths  int            // paths in one import; default 10,000 (413)
	ImportBytes  int64          // body of one import; default 16 MiB (413)
	Deletions    int            // images deleted in one request; default 10,000 (413)
	LabelChanges int            // labels changed in one request; default 10,000 (413)
	K            int            // results of a search; default 1,000 (400)
	PageSize     int            // images on a page; default 500 (400)
	Groups       int            // groups of a duplicates answer; default 1,000 (400)

	Request time.Duration // work on one request; default 2 minutes (503)
	Upload  time.Duration // the same where pictures come in; default 10 minutes (408, 503)
	Stall   time.Duration // a body, in or out, that does not move at all; default 30 seconds (408)
	Header  time.Duration // the request's headers; default 10 seconds (connection closed)
	Idle    time.Duration // a kept-alive connection between requests; default 2 minutes
	Notice  time.Duration // how long /readyz says that a shutdown comes before it begins, for load balancers; default none
	Drain   time.Duration // what a shutdown grants to requests in flight; default 30 seconds
	Headers int           // bytes of the request's headers; default 64 KiB (431)
}

// What a request gets when it names no number.
const (
	defaultK         = 20
	defaultPageSize  = 50
	defaultGroups    = 100
	maxIDLength      = 64 // as in openapi.yaml
	maxFormHeaderLen = 64 // bytes of a multipart field's name shown in a message
)

// withDefaults fills the fields that are zero.
func (l Limits) withDefaults() Limits {
	const mib = 1 << 20
	orDefault(&l.Picture.MaxBytes, 256*mib)
	orDefault(&l.Picture.MaxPixels, 100_000_000)
	orDefault(&l.BodyBytes, 1024*mib)
	orDefault(&l.Files, 1000)
	orDefault(&l.UploadMemory, 512*mib)
	orDefault(&l.Name, 255)
	orDefault(&l.Path, 4096)
	orDefault(&l.ImportPaths, 10_000)
	orDefault(&l.ImportBytes, 16*mib)
	orDefault(&l.Deletions, 10_000)
	orDefault(&l.LabelChanges, 10_000)
	orDefault(&l.K, 1000)
	orDefault(&l.PageSize, 500)
	orDefault(&l.Groups, 1000)
	orDefault(&l.Request, 2*time.Minute)
	orDefault(&l.Upload, 10*time.Minute)
	orDefault(&l.Stall, 30*time.Second)
	orDefault(&l.Header, 10*time.Second)
	orDefault(&l.Idle, 2*time.Minute)
	orDefault(&l.Drain, 30*time.Second)
	orDefault(&l.Headers, 64<<10)
	return l
}

// orDefault sets *field to value where it is zero.
func orDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
