package imageio

// cursor reads a file from front to back.
type cursor struct {
	data []byte
	at   int // 0 <= at <= len(data)
}

// errEnds is what every read past the end gives.
var errEnds = fail(ErrTruncated, "truncated: the file ends before the picture does")

// take returns the next n bytes, without copying them.
func (c *cursor) take(n int) ([]byte, error) {
	if n < 0 || n > len(c.data)-c.at {
		return nil, errEnds
	}
	c.at += n
	return c.data[c.at-n : c.at : c.at], nil
}

// readByte returns the next byte.
func (c *cursor) readByte() (byte, error) {
	b, err := c.take(1)
	if err != nil {
		return 0, err
	}
	return b[0], nil
}
