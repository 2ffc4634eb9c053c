package index

import "errors"

// Errors of one operation. Each is wrapped with the id or the reason.
var (
	// ErrConfig is returned when an index cannot have the parameters asked for.
	ErrConfig = errors.New("bad index configuration")
	// ErrExists is returned when an id is added twice.
	ErrExists = errors.New("id is already in the index")
	// ErrNotFound is returned when an id is not in the index.
	ErrNotFound = errors.New("id is not in the index")
	// ErrVector is returned when a vector has the wrong length, is not of unit length or not finite.
	ErrVector = errors.New("bad vector")
	// ErrCorrupt is returned when a saved graph, or an index in memory, breaks an invariant.
	ErrCorrupt = errors.New("index is corrupt")
	// ErrVersion is returned when a graph was saved in a form that this version does not read.
	ErrVersion = errors.New("graph is saved in another form")
)
