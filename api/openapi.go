package api

import _ "embed"

// OpenAPI is openapi.yaml, the definition of this service: written by hand,
// served at /openapi.yaml, and held against the router and its answers by the
// tests.
//
//go:embed openapi.yaml
var OpenAPI []byte
