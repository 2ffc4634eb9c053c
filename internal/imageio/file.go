package imageio

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// ReadFile reads a file whose size is within the limits. Folders, pipes and
// devices are refused at once. Every error is an *Error.
func ReadFile(path string, lim Limits) ([]byte, error) {
	data, err := readFile(path, lim)
	if err == nil {
		return data, nil
	}
	if _, ours := errors.AsType[*Error](err); !ours {
		err = fail(err, "%s", plainCause(err))
	}
	return nil, explain(path, "", err)
}

func readFile(path string, lim Limits) ([]byte, error) {
	// Without O_NONBLOCK, opening a pipe waits for somebody to write to it.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, fail(ErrNotRegular, "is a folder")
	}
	if !info.Mode().IsRegular() {
		return nil, fail(ErrNotRegular, "is not a regular file (%s)", info.Mode().Type())
	}
	if err := lim.checkBytes(info.Size()); err != nil {
		return nil, err
	}
	data := make([]byte, info.Size())
	_, err = io.ReadFull(f, data)
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return nil, fail(ErrTruncated, "truncated: the file became shorter while it was read")
	}
	return data, err
}

// plainCause leaves out what a *fs.PathError repeats: the path and the call.
func plainCause(err error) string {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err.Error()
	}
	return err.Error()
}
