package models

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// DefaultEndpoint is the hub that is asked unless HF_ENDPOINT names a mirror.
const DefaultEndpoint = "https://huggingface.co"

// HubFromEnv is the hub that HF_ENDPOINT, HF_TOKEN (or HF_TOKEN_PATH), HF_HOME and HF_HUB_CACHE describe, with the
// defaults of huggingface_hub.
func HubFromEnv() (*Hub, error) {
	h := &Hub{Endpoint: DefaultEndpoint, Token: strings.TrimSpace(os.Getenv("HF_TOKEN")), Progress: Silent{}}
	if e := os.Getenv("HF_ENDPOINT"); e != "" {
		h.Endpoint = strings.TrimRight(e, "/")
	}
	if u, err := url.Parse(h.Endpoint); err != nil || !isHTTP(u) {
		return nil, fmt.Errorf("%w: HF_ENDPOINT must be an http(s) URL", ErrName) // it may hold a password: not shown
	}
	home, err := hubHome()
	if err != nil {
		return nil, err
	}
	if h.Cache = expand(os.Getenv("HF_HUB_CACHE")); h.Cache == "" {
		h.Cache = filepath.Join(home, "hub")
	}
	if h.Token == "" {
		h.Token = savedToken(home)
	}
	return h, nil
}

// hubHome is HF_HOME, or huggingface in the cache folder.
func hubHome() (string, error) {
	if home := expand(os.Getenv("HF_HOME")); home != "" {
		return home, nil
	}
	if dir := expand(os.Getenv("XDG_CACHE_HOME")); dir != "" {
		return filepath.Join(dir, "huggingface"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("no place for downloads: %w; HF_HOME names one", err)
	}
	return filepath.Join(home, ".cache", "huggingface"), nil
}

// expand resolves a leading ~, which a shell does not do in every place.
func expand(path string) string {
	rest, ok := strings.CutPrefix(path, "~/")
	if home, err := os.UserHomeDir(); ok && err == nil {
		return filepath.Join(home, rest)
	}
	return path
}

// savedToken is what `hf auth login` wrote, or nothing.
func savedToken(home string) string {
	path := expand(os.Getenv("HF_TOKEN_PATH"))
	if path == "" {
		path = filepath.Join(home, "token")
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(data))
}
