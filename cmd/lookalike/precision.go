package main

import (
	"fmt"
	"slices"
	"strings"

	"lookalike/encoder"
)

// libraryPrecision is what the commands that open a library compute with when
// --precision does not say.
const libraryPrecision = encoder.Auto

// precisionFlag is the value of --precision.
type precisionFlag struct {
	encoder.Precision
	given bool // on the command line, so that it can be told where it has no effect
}

func (p *precisionFlag) String() string { return string(p.Precision) }

// Type stands for the value in the help.
func (p *precisionFlag) Type() string { return "name" }

// Set takes one of the encoder's names.
func (p *precisionFlag) Set(name string) error {
	if !slices.Contains(encoder.Precisions(), encoder.Precision(name)) {
		return fmt.Errorf("not one of %s", precisionNames(", "))
	}
	p.Precision, p.given = encoder.Precision(name), true
	return nil
}

// precisionNames lists what --precision takes.
func precisionNames(separator string) string {
	var names []string
	for _, p := range encoder.Precisions() {
		names = append(names, string(p))
	}
	return strings.Join(names, separator)
}

// notePrecision says on standard error, once, why the encoder does not compute
// as it was asked to. An empty note means that it does.
func (a *app) notePrecision(note string) {
	if note != "" && !a.precisionNoted {
		a.precisionNoted = true
		fmt.Fprintln(a.stderr, "precision:", note)
	}
}
