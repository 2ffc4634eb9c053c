package models

import (
	"bytes"
	"fmt"
	"io"
	"os"
)

// isPointer reports whether a file begins as what Git LFS has in the place of a large one where that was not fetched: some
// lines of text.
func isPointer(head []byte) bool {
	return bytes.HasPrefix(head, []byte("version https://git-lfs.github.com/spec/"))
}

// checkPointer refuses such a file: a clone of a repository has them where Git LFS is not installed.
func checkPointer(path, from string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	head := make([]byte, 64)
	n, err := io.ReadFull(f, head)
	if err != nil && n == 0 {
		return nil // an empty file is found out elsewhere
	}
	if isPointer(head[:n]) {
		return fmt.Errorf("%w: %s is a Git LFS pointer, not the file itself: run \"git lfs pull\" where it is from", ErrUnusable, from)
	}
	return nil
}
