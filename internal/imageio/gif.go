package imageio

import (
	"bytes"
	"image/color"
	"image/gif"
)

func isGIF(data []byte) bool {
	return bytes.HasPrefix(data, []byte("GIF87a")) || bytes.HasPrefix(data, []byte("GIF89a"))
}

// gifHeader reads the size of the canvas.
func gifHeader(data []byte) (header, error) {
	c := cursor{data, 6}
	b, err := c.take(4)
	if err != nil {
		return header{}, err
	}
	return header{width: int(b[0]) | int(b[1])<<8, height: int(b[2]) | int(b[3])<<8}, nil
}

// decodeGIF reads the first frame and lays it on the canvas.
func decodeGIF(data []byte) (*RGB, error) {
	if err := walkGIF(data); err != nil {
		return nil, err
	}
	img, err := gif.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	h, err := gifHeader(data)
	if err != nil {
		return nil, err
	}
	frame := img.Bounds()
	if frame.Dx() == h.width && frame.Dy() == h.height {
		return FromImage(img), nil
	}
	canvas := filled(h.width, h.height, gifGround(img.ColorModel()))
	canvas.paste(FromImage(img), frame.Min.X, frame.Min.Y)
	return canvas, nil
}

// gifGround is the colour of the canvas around the first frame, as in Pillow:
// transparent, thus white, if the frame has a transparent colour, and the
// palette's first colour if not.
func gifGround(model color.Model) [3]byte {
	palette, _ := model.(color.Palette)
	for _, c := range palette {
		if _, _, _, alpha := c.RGBA(); alpha == 0 {
			return [3]byte{255, 255, 255}
		}
	}
	return flatPalette(palette)[0]
}

// walkGIF checks that the file reaches its trailer: image/gif stops after the
// first frame, and its errors do not tell a short file from a bad one. Rubbish
// after a frame ends the walk, as it ends the animation in browsers.
func walkGIF(data []byte) error {
	c := cursor{data, 10}
	fields, err := c.take(3) // flags, background, aspect
	if err != nil {
		return err
	}
	if err := c.skipColors(fields[0]); err != nil {
		return err
	}
	for {
		kind, err := c.readByte()
		if err != nil {
			return err
		}
		switch kind {
		case '!': // extension: label, sub-blocks
			_, err = c.readByte()
		case ',': // frame: position and size, flags, colours, code size, sub-blocks
			err = c.skipFrameHead()
		default: // ';' is the trailer
			return nil
		}
		if err != nil {
			return err
		}
		if err := c.skipBlocks(); err != nil {
			return err
		}
	}
}

func (c *cursor) skipFrameHead() error {
	head, err := c.take(9)
	if err != nil {
		return err
	}
	if err := c.skipColors(head[8]); err != nil {
		return err
	}
	_, err = c.readByte()
	return err
}

// skipColors skips a colour table, if the flags say that there is one.
func (c *cursor) skipColors(flags byte) error {
	if flags&0x80 == 0 {
		return nil
	}
	_, err := c.take(3 << (1 + flags&7))
	return err
}

// skipBlocks skips sub-blocks (a length, that many bytes) up to the empty one.
func (c *cursor) skipBlocks() error {
	for {
		n, err := c.readByte()
		if err != nil || n == 0 {
			return err
		}
		if _, err := c.take(int(n)); err != nil {
			return err
		}
	}
}
