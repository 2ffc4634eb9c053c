package engine

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"

	"lookalike/internal/imageio"
	"lookalike/store"
)

// Source is a picture to add: a file of this machine that is referred to by its Path, or an Upload, whose Data the
// engine keeps under the Name it came with.
type Source struct {
	Path   string
	Upload bool
	Name   string
	Data   []byte
}

// label is what messages and results call the source.
func (s Source) label() string {
	if s.Upload {
		return s.Name
	}
	return s.Path
}

// AddResult says what became of a Source: the image that holds it, Already when that was there before, or Err.
type AddResult struct {
	ID      uint64
	Already bool
	Path    string // the Source's Path, absolute, or its Name
	Err     error
}

// intake is a source on its way into the store.
type intake struct {
	Source
	result *AddResult
	file   store.File
	entry  store.Entry // complete once the picture is encoded
	claims []func()    // give back what this intake has claimed: its place at the gate, and its contents
	// settled is set with the result; among those that wait in the queue, by whose turn it is.
	settled bool
}

// newIntake checks what can be told without reading the file.
func newIntake(src Source, result *AddResult) (*intake, error) {
	in := &intake{Source: src, result: result}
	switch {
	case src.Upload && src.Path != "", !src.Upload && (src.Path == "" || src.Data != nil):
		return in, fmt.Errorf("%w: needs the Path of a file, or Upload with Name and Data", ErrSource)
	case src.Upload:
		in.file = store.File{Path: src.Name, Uploaded: true, Size: int64(len(src.Data))}
		return in, nil
	}
	path, err := filepath.Abs(src.Path)
	if err != nil {
		return in, err
	}
	in.Path, result.Path = path, path
	in.file.Path = path
	// A file that cannot be looked at is reported by the reader, in its words.
	if info, err := os.Stat(path); err == nil {
		in.file.Size, in.file.ModTime = info.Size(), info.ModTime()
	}
	return in, nil
}

// read brings the bytes into memory and hashes them. The time recorded is the one from before the reading: a file
// that changes meanwhile is read again by the next import.
func (in *intake) read(lim imageio.Limits) (err error) {
	if !in.Upload {
		if in.Data, err = imageio.ReadFile(in.Path, lim); err != nil {
			return err
		}
		in.file.Size = int64(len(in.Data))
	}
	in.file.SHA256 = sha256.Sum256(in.Data)
	return nil
}

// settle ends the intake with an image or an error, and lets waiting copies of it go on.
func (in *intake) settle(id uint64, already bool, err error) {
	if err != nil {
		err = named(in.label(), err)
	}
	in.result.ID, in.result.Already, in.result.Err = id, already, err
	for _, giveBack := range in.claims {
		giveBack()
	}
	in.claims, in.Data, in.entry, in.settled = nil, nil, store.Entry{}, true
}
