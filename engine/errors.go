package engine

import (
	"errors"

	"lookalike/internal/classify"
	"lookalike/internal/whiten"
	"lookalike/store"
)

// Errors that callers of this package tell apart. Pictures that cannot be read carry an *imageio.Error.
var (
	// ErrNotFound is returned when there is no image with the number or the path asked for.
	ErrNotFound = store.ErrNotFound
	// ErrDamaged is what is wrong with an Unread vector whose bytes contradict their checksum.
	ErrDamaged = store.ErrCorrupt
	// ErrClosed is returned by an engine that was closed.
	ErrClosed = store.ErrClosed
	// ErrModel is returned by Open when the data folder holds vectors of another model than the encoder's.
	ErrModel = store.ErrModel
	// ErrLabel is returned when something cannot be a label, or an image has as many as it can.
	ErrLabel = store.ErrLabel
	// ErrNoModel is returned when the target of a re-embedding cannot be opened.
	ErrNoModel = errors.New("the model cannot be used")
	// ErrWhiten is returned when there are too few pictures to learn a whitening from.
	ErrWhiten = whiten.ErrTooFew
	// ErrJob is returned by Reembed when a re-embedding with another model is under way.
	ErrJob = store.ErrJob
	// ErrTooFew is returned when there are not enough labelled images to learn from.
	ErrTooFew = classify.ErrTooFew
	// ErrUntrained is returned when the probe is asked and none was trained.
	ErrUntrained = errors.New("no probe was trained")
	// ErrGone is returned by Original and Attention when none of the image's files is there any more, unchanged.
	ErrGone = errors.New("original file is gone")
	// ErrQuery is returned when a query asks for something that cannot be: a threshold over 1, a vector of zeros.
	ErrQuery = errors.New("query")
	// ErrSource is returned when a Source names neither a path nor an upload, or both.
	ErrSource = errors.New("source")
	// ErrVector is returned when the encoder gives something other than a unit vector of its dimension.
	ErrVector = errors.New("embedding is not a unit vector")
)
