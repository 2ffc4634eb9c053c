//go:build (!amd64 && !arm64) || purego

package peak

var loops map[string]map[string]loop
