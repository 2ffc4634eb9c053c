// Package tail keeps what a peer's program says last: when it fails, that is
// the reason.
package tail

import "strings"

// Tail is a writer that keeps the end of what is written.
type Tail struct{ text []byte }

// Write never fails.
func (t *Tail) Write(p []byte) (int, error) {
	const most = 4096
	t.text = append(t.text, p...)
	t.text = t.text[max(0, len(t.text)-most):]
	return len(p), nil
}

// Last is the last line that is not empty, "" for none.
func (t *Tail) Last() string {
	lines := strings.Split(strings.TrimSpace(string(t.text)), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}
