package main

import (
	"fmt"
	"os"
	"path/filepath"

	"lookalike/encoder"
	"lookalike/engine"
	"lookalike/models"
)

// askedSpec is what the flags say of how the library's model is to be opened; what they leave out is the library's own.
func (a *app) askedSpec() engine.Spec {
	spec := engine.Spec{Name: a.model, Preprocess: a.preprocess}
	if a.size.given {
		spec.Size = fmt.Sprintf("%dx%d", a.size.X, a.size.Y)
	}
	if a.descriptor.given {
		spec.Descriptor = a.descriptor.String()
	}
	if _, err := os.Stat(a.model); err == nil && a.model != "" && a.model != models.Starter {
		spec.Name = absolute(a.model)
	}
	return spec
}

// absolute is a path that means the same from every working directory.
func absolute(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	return abs
}

// defaultSpec is the model of a library that does not say which it is of: a new one, or one from before libraries did.
func (a *app) defaultSpec() (engine.Spec, error) {
	name, err := a.models().InUse()
	if err != nil {
		return engine.Spec{}, err
	}
	if name == "" {
		c := a.fallbackModel()
		name = c.name
		if c.path != "" {
			name = absolute(c.path)
		}
	}
	return engine.Spec{Name: name}, nil
}

// openSpec opens a model as a spec says.
func (a *app) openSpec(spec engine.Spec) (engine.OpenEncoder, error) {
	as := *a
	as.preprocess, as.size, as.descriptor = spec.Preprocess, sizeFlag{}, descriptorFlag{Descriptor: encoder.CLS}
	if spec.Size != "" {
		if err := as.size.Set(spec.Size); err != nil {
			return nil, fmt.Errorf("size %q: %w", spec.Size, err)
		}
	}
	if spec.Descriptor != "" {
		if err := as.descriptor.Set(spec.Descriptor); err != nil {
			return nil, fmt.Errorf("descriptor %q: %w", spec.Descriptor, err)
		}
	}
	as.model = spec.Name
	if m, err := a.models().Get(spec.Name); spec.Name != models.Starter && !filepath.IsAbs(spec.Name) {
		if err != nil {
			return nil, fmt.Errorf("%w\n  %s", err, modelTakes)
		}
		as.model = a.models().Path(m)
	}
	enc, err := as.openEncoder(a.precision.Precision)
	if err != nil {
		return nil, err
	}
	a.precisionNoted = as.precisionNoted
	return enc, nil
}
