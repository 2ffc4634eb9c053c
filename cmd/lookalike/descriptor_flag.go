package main

import (
	"fmt"
	"slices"

	"lookalike/encoder"
)

// descriptorFlag is the value of --descriptor: what of the model's last layer
// becomes a vector.
type descriptorFlag struct {
	encoder.Descriptor
	given bool // on the command line, so that it can be told where it has no effect
}

func (d *descriptorFlag) String() string { return string(d.Descriptor) }

// Type stands for the value in the help.
func (d *descriptorFlag) Type() string { return "name" }

// Set takes one of the encoder's names.
func (d *descriptorFlag) Set(name string) error {
	if !slices.Contains(encoder.Descriptors(), encoder.Descriptor(name)) {
		return fmt.Errorf("not one of %s, %s", encoder.CLS, encoder.Copy)
	}
	d.Descriptor, d.given = encoder.Descriptor(name), true
	return nil
}
