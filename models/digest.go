package models

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"
	"regexp"
)

// digest is the checksum that a server lists for a file: SHA-256 (64 digits), or the name that git gives a small file
// (40 digits), or nothing.
type digest string

var hexDigits = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)

func (d digest) none() bool { return d == "" }

// valid reports whether it is one of the two checksums, in the form in which the cache uses it as a file name.
func (d digest) valid() bool { return hexDigits.MatchString(string(d)) }

// sha256 is the digest if it is one.
func (d digest) sha256() string {
	if len(d) == 2*sha256.Size {
		return string(d)
	}
	return ""
}

// ofModel reports whether the model's only file may have this checksum.
func (d digest) ofModel(m Manifest) bool {
	return len(m.Files) == 1 && (d.none() || d.sha256() == m.Files[0].SHA256)
}

// check compares a file with the checksum. ErrContent when they differ.
func (d digest) check(path string) error {
	if d.none() {
		return nil
	}
	h := sha256.New()
	if len(d) == 2*sha1.Size {
		h = sha1.New()
		fmt.Fprintf(h, "blob %d\x00", fileSize(path))
	}
	got, err := hashFile(h, path)
	if err == nil && got != string(d) {
		err = fmt.Errorf("%w: its checksum is %s, and %s is listed", ErrContent, got, d)
	}
	return err
}

// hashFile returns the hexadecimal sum of a file.
func hashFile(h hash.Hash, path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
