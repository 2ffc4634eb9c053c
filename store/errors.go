package store

import "errors"

// Errors of opening, restoring and owning a data folder.
var (
	// ErrInUse is returned by Open when another process has the data folder open. The message names the process.
	ErrInUse = errors.New("in use")

	// ErrNewer is returned when a data folder or a backup was written with a newer schema than this program knows.
	ErrNewer = errors.New("written by a newer lookalike")

	// ErrCorrupt is returned when bytes in the database contradict their checksum, their layout or each other.
	ErrCorrupt = errors.New("damaged")

	// ErrNoOwner is returned by ReadOwner when no living process owns the data folder.
	ErrNoOwner = errors.New("no process owns this data folder")

	// ErrNotEmpty is returned by Restore when the folder to restore into holds something already.
	ErrNotEmpty = errors.New("folder is not empty")

	// ErrBackup is returned by Restore when the archive is not a complete backup, or its checksums do not agree.
	ErrBackup = errors.New("not a complete backup")
)

// Errors of reading and writing an open store.
var (
	// ErrNotFound is returned when there is no image, or no graph chunk, with the number asked for.
	ErrNotFound = errors.New("not found")

	// ErrLabel is returned when something cannot be a label, or an image has as many as it can.
	ErrLabel = errors.New("label")

	// ErrModel is returned when vectors of another model are offered than those that the data folder holds.
	ErrModel = errors.New("another model")

	// ErrJob is returned by BeginReembedding when one to another model is under way.
	ErrJob = errors.New("a re-embedding is under way")

	// ErrNoJob is returned by what belongs to a re-embedding when none is under way.
	ErrNoJob = errors.New("no re-embedding is under way")

	// ErrEntry is returned when what is to be stored contradicts itself or what is there.
	ErrEntry = errors.New("cannot be stored")

	// ErrNoOriginal is returned when an uploaded file is recorded before its bytes were stored with PutOriginal.
	ErrNoOriginal = errors.New("original is missing")

	// ErrTrimmed is returned by Changes when it is asked for entries that SaveGraph has trimmed from the log.
	ErrTrimmed = errors.New("log is trimmed")

	// ErrReadOnly is returned by whatever writes when the store was opened with Options.ReadOnly.
	ErrReadOnly = errors.New("opened for reading only")

	// ErrClosed is returned by every method of a store that was closed.
	ErrClosed = errors.New("store is closed")
)
