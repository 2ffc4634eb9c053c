package api

import "time"

// The JSON of the service, for server and client alike. openapi.yaml is the
// definition; a test validates every answer against it.

// Model says which model made the vectors of an answer.
type Model struct {
	Name        string `json:"name"`
	Fingerprint string `json:"fingerprint"` // SHA-256, hexadecimal
	Dim         int    `json:"dim"`
	Starter     bool   `json:"starter"`
	Note        string `json:"note,omitempty"`        // only for the starter model: show it with the results
	Options     string `json:"options,omitempty"`     // how it is opened, as flags of the command line
	Unavailable string `json:"unavailable,omitempty"` // why it is not here, and what to do: then there are its vectors alone
}

// File is one file that holds an image's pixels.
type File struct {
	Path       string     `json:"path"` // absolute, or the name that an upload came with
	Uploaded   bool       `json:"uploaded"`
	Bytes      int64      `json:"bytes"`
	SHA256     string     `json:"sha256"`
	ModifiedAt *time.Time `json:"modified_at,omitempty"` // nil for uploads
	AddedAt    time.Time  `json:"added_at"`
}

// Image is a content; Files are where it lies. Path, Bytes and SHA256 are the
// first file's.
type Image struct {
	ID        string    `json:"id"`
	Path      string    `json:"path"`
	Width     int       `json:"width"`
	Height    int       `json:"height"`
	Format    string    `json:"format"`
	Bytes     int64     `json:"bytes"`
	SHA256    string    `json:"sha256"`
	AddedAt   time.Time `json:"added_at"`
	Model     string    `json:"model"` // fingerprint
	Files     []File    `json:"files"`
	Labels    []string  `json:"labels"`
	Thumbnail string    `json:"thumbnail"`
	Original  string    `json:"original"`

	FromThumbnail bool   `json:"from_thumbnail,omitempty"` // the vector was made from the thumbnail: no file was there
	NotEmbedded   string `json:"not_embedded,omitempty"`   // why there is no vector by the library's model
}

// ImageList is a page of images, newest first.
type ImageList struct {
	Images []Image `json:"images"`
	Next   string  `json:"next,omitempty"` // "" on the last page
	Total  int     `json:"total"`
	Model  Model   `json:"model"`
}

// What became of a picture that was added.
const (
	StatusAdded   = "added"   // new
	StatusAlready = "already" // the same pixels were there; the file is now listed with them
)

// AddedImage is a picture that is stored.
type AddedImage struct {
	ID     string `json:"id"`
	Path   string `json:"path"`
	Status string `json:"status"`
}

// Deletions names images to delete.
type Deletions struct {
	IDs []string `json:"ids"`
}

// Deleted says which of them there were.
type Deleted struct {
	Deleted []string `json:"deleted"`
	Missing []string `json:"missing"`
}

// Failure is a picture that is not stored, and why.
type Failure struct {
	Path  string `json:"path"`
	Error string `json:"error"`
}

// Added answers an upload.
type Added struct {
	Images   []AddedImage `json:"images"`
	Failures []Failure    `json:"failures"`
	Model    Model        `json:"model"`
}

// Result is an image that looks like the one asked about.
type Result struct {
	ID    string  `json:"id"`
	Path  string  `json:"path"`
	Score float32 `json:"score"` // cosine
	Image Image   `json:"image"`
}

// Results is a search's answer, best first.
type Results struct {
	Results []Result `json:"results"`
	Model   Model    `json:"model"`
}

// Exact is an image that several files hold.
type Exact struct {
	Image Image `json:"image"`
}

// Member is an image of a group, with its cosine to the medoid.
type Member struct {
	Image Image   `json:"image"`
	Score float32 `json:"score"`
}

// Group is a medoid and the images that all score above the threshold with it.
type Group struct {
	Medoid  Image    `json:"medoid"`
	Members []Member `json:"members"`
}

// Duplicates is what the collection holds more than once.
type Duplicates struct {
	Threshold float32  `json:"threshold"` // the one that was used
	Exact     []Exact  `json:"exact"`
	Groups    []Group  `json:"groups"`
	Unread    []Unread `json:"unread"`
	Model     Model    `json:"model"`
}

// Unread is an image that was compared with no other, since its vector cannot be
// read, and why.
type Unread struct {
	ID    string `json:"id"`
	Path  string `json:"path"`
	Error string `json:"error"`
}

// DuplicateLine is one of an answer in lines: one of its fields, or on the last
// line Threshold and Model.
type DuplicateLine struct {
	Progress  *Progress `json:"progress,omitempty"`
	Exact     *Exact    `json:"exact,omitempty"`
	Group     *Group    `json:"group,omitempty"`
	Unread    *Unread   `json:"unread,omitempty"`
	Threshold float32   `json:"threshold,omitempty"`
	Model     *Model    `json:"model,omitempty"`
}

// Progress is how much of something long is done.
type Progress struct {
	Done int `json:"done"`
	Of   int `json:"of"`
}

// IndexStats are the graph's parameters, with the paper's names.
type IndexStats struct {
	M              int `json:"m"`
	EfConstruction int `json:"ef_construction"`
	Ef             int `json:"ef"`
}

// Stats are the figures of one moment.
type Stats struct {
	Images         int        `json:"images"`
	Files          int        `json:"files"`
	Nodes          int        `json:"nodes"` // distinct vectors in the index
	NotEmbedded    int        `json:"not_embedded,omitempty"`
	FromThumbnail  int        `json:"from_thumbnail,omitempty"`
	BytesStore     int64      `json:"bytes_store"`
	BytesFree      int64      `json:"bytes_free"` // of bytes_store, used again before the file grows
	BytesOriginals int64      `json:"bytes_originals"`
	Model          Model      `json:"model"`
	Version        string     `json:"version"`
	UptimeSeconds  float64    `json:"uptime_seconds"`
	Index          IndexStats `json:"index"`
	Kernel         string     `json:"kernel"`              // what the processor runs: avx512bf16, avx2, neon, ...
	Precision      string     `json:"precision,omitempty"` // what the model's products are computed in
}

// Recall is what a measurement of the graph's answers on the library's own vectors
// found, and the ef that a wanted recall takes.
type Recall struct {
	Nodes       int           `json:"nodes"`            // distinct vectors
	Sample      int           `json:"sample"`           // of them were searched for
	Unread      int           `json:"unread,omitempty"` // were left out, since they or a neighbour cannot be read
	ExactMicros float64       `json:"exact_us_per_query"`
	Points      []RecallPoint `json:"points"` // by ef
	Want        float64       `json:"want"`
	Ef          int           `json:"ef"` // the least that reaches it, or the best
	Reached     bool          `json:"reached"`
}

// RecallPoint is what searches with an ef find and cost.
type RecallPoint struct {
	Ef     int     `json:"ef"`
	Recall float64 `json:"recall_at_10"`
	Micros float64 `json:"us_per_query"`
}

// ImportRequest names files of the server's machine.
type ImportRequest struct {
	Paths []string `json:"paths"`
}

// ImportResult is a line of an import's answer: ID and Status, or Error.
type ImportResult struct {
	Path   string `json:"path"`
	ID     string `json:"id,omitempty"`
	Status string `json:"status,omitempty"`
	Error  string `json:"error,omitempty"`
}

// Report is what a check of everything found.
type Report struct {
	OK           bool     `json:"ok"`
	Problems     []string `json:"problems"`
	MissingFiles []string `json:"missing_files"` // imported files that are no longer there; OK is not about them
}

// Compacted is what compacting the database has gained.
type Compacted struct {
	BytesBefore int64 `json:"bytes_before"`
	BytesAfter  int64 `json:"bytes_after"`
}

// health answers /healthz and /readyz.
type health struct {
	Status string `json:"status"`
}
