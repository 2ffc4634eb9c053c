package main

import (
	"errors"
	"fmt"
	"image"
	"strconv"
	"strings"

	"lookalike/encoder"
)

// sizeFlag is the value of --size: what the model sees of a picture, in pixels.
// The zero Point is what its preprocessing says.
type sizeFlag struct {
	image.Point
	given bool // on the command line, so that it can be told where it has no effect
}

func (s *sizeFlag) String() string {
	switch {
	case s.Point == image.Point{}:
		return ""
	case s.X == s.Y:
		return strconv.Itoa(s.X)
	}
	return fmt.Sprintf("%dx%d", s.X, s.Y)
}

// Type stands for the value in the help.
func (s *sizeFlag) Type() string { return "N|WxH" }

// Set takes a side, or a width and a height.
func (s *sizeFlag) Set(text string) error {
	width, height, two := strings.Cut(text, "x")
	if !two {
		height = width
	}
	w, err := strconv.ParseUint(width, 10, 15)
	h, err2 := strconv.ParseUint(height, 10, 15)
	if errors.Join(err, err2) != nil || w == 0 || h == 0 {
		return errors.New("neither a side in pixels, such as 448, nor WIDTHxHEIGHT, such as 448x320")
	}
	s.Point, s.given = image.Pt(int(w), int(h)), true
	return nil
}

// options is what the encoder is told.
func (s *sizeFlag) options() []encoder.Option {
	if s.Point == (image.Point{}) {
		return nil
	}
	return []encoder.Option{encoder.WithSize(s.X, s.Y)}
}
