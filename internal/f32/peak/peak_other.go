//go:build !amd64 || purego

package peak

var loops map[string]loop
