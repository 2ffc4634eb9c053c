package encoder

import "errors"

// Errors of opening a model. Each is wrapped with the file and the field or tensor.
var (
	// ErrConfig is returned when config.json or preprocessor_config.json is malformed or asks for what no ViT has, or
	// when config.json is missing and the tensors do not tell what it would say.
	ErrConfig = errors.New("bad model configuration")
	// ErrWeights is returned when the weights' files are missing, malformed or ask for anything but tensors, or when a tensor is
	// missing, surplus, misshapen or not finite.
	ErrWeights = errors.New("bad model weights")
)

// Errors of embedding.
var (
	// ErrClosed is returned when a closed Encoder is used.
	ErrClosed = errors.New("the encoder is closed")
	// ErrInput is returned when an image or pixel block has no patch, or is larger than an encoder accepts.
	ErrInput = errors.New("image cannot be embedded")
)
