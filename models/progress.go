package models

// Progress is told how a transfer goes. Calls come one at a time.
type Progress interface {
	// Begin starts a file: done of total bytes are there already.
	Begin(what string, done, total int64)
	// Add counts n more bytes.
	Add(n int)
	// End ends what Begin began, finished or not.
	End()
	// Note says why nothing moves: a wait, a retry.
	Note(text string)
}

// Silent is a Progress that shows nothing.
type Silent struct{}

// Begin does nothing.
func (Silent) Begin(string, int64, int64) {}

// Add does nothing.
func (Silent) Add(int) {}

// End does nothing.
func (Silent) End() {}

// Note does nothing.
func (Silent) Note(string) {}

// counter reports what is written through it.
type counter struct{ Progress }

func (c counter) Write(p []byte) (int, error) {
	c.Add(len(p))
	return len(p), nil
}
