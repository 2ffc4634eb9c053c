package api

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

// A path on Linux is bytes; JSON is Unicode. A path that is not valid UTF-8
// therefore travels as a file URL, whose escapes keep every byte.
const fileURL = "file://"

// encodePath makes a path fit for JSON.
func encodePath(path string) string {
	if utf8.ValidString(path) {
		return path
	}
	return fileURL + (&url.URL{Path: path}).EscapedPath()
}

// decodePath undoes encodePath. What is no URL is the path itself.
func decodePath(text string) string {
	escaped, ok := strings.CutPrefix(text, fileURL)
	if !ok {
		return text
	}
	path, err := url.PathUnescape(escaped)
	if err != nil {
		return text
	}
	return path
}
