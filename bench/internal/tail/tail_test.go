package tail

import "testing"

func TestTail(t *testing.T) {
	var last Tail
	if got := last.Last(); got != "" {
		t.Errorf("nothing was written, last is %q", got)
	}
	for range 1000 {
		_, _ = last.Write([]byte("some line\n"))
	}
	_, _ = last.Write([]byte("  the end\n\n"))
	if got := last.Last(); got != "the end" || len(last.text) > 4096 {
		t.Errorf("last %q of %d bytes", got, len(last.text))
	}
}
