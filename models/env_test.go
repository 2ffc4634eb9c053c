package models

import (
	"errors"
	"path/filepath"
	"testing"
)

// TestHubFromEnv only reads the environment; nothing is asked of any hub.
func TestHubFromEnv(t *testing.T) {
	home := t.TempDir()
	write(t, filepath.Join(home, "saved", "token"), []byte(" hf_saved\n"))
	write(t, filepath.Join(home, "elsewhere"), []byte("hf_elsewhere"))
	for name, c := range map[string]struct {
		env  map[string]string
		want Hub // endpoint, token, cache
	}{
		"nothing":      {nil, Hub{Endpoint: DefaultEndpoint, Cache: filepath.Join(home, ".cache/huggingface/hub")}},
		"mirror":       {map[string]string{"HF_ENDPOINT": "https://mirror.example/hf/"}, Hub{Endpoint: "https://mirror.example/hf", Cache: filepath.Join(home, ".cache/huggingface/hub")}},
		"token":        {map[string]string{"HF_TOKEN": " hf_x\n", "HF_HOME": filepath.Join(home, "saved")}, Hub{Endpoint: DefaultEndpoint, Token: "hf_x", Cache: filepath.Join(home, "saved/hub")}},
		"saved token":  {map[string]string{"HF_HOME": "~/saved"}, Hub{Endpoint: DefaultEndpoint, Token: "hf_saved", Cache: filepath.Join(home, "saved/hub")}},
		"token's path": {map[string]string{"HF_TOKEN_PATH": "~/elsewhere"}, Hub{Endpoint: DefaultEndpoint, Token: "hf_elsewhere", Cache: filepath.Join(home, ".cache/huggingface/hub")}},
		"cache":        {map[string]string{"HF_HOME": "/a", "HF_HUB_CACHE": "/b"}, Hub{Endpoint: DefaultEndpoint, Cache: "/b"}},
		"XDG":          {map[string]string{"XDG_CACHE_HOME": "/c"}, Hub{Endpoint: DefaultEndpoint, Cache: "/c/huggingface/hub"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("HOME", home)
			for _, v := range []string{"HF_ENDPOINT", "HF_TOKEN", "HF_TOKEN_PATH", "HF_HOME", "HF_HUB_CACHE", "XDG_CACHE_HOME"} {
				t.Setenv(v, c.env[v])
			}
			h, err := HubFromEnv()
			if err != nil || h.Endpoint != c.want.Endpoint || h.Token != c.want.Token || h.Cache != c.want.Cache {
				t.Errorf("%+v (%v), want %+v", h, err, c.want)
			}
		})
	}
	for _, bad := range []string{"mirror.example", "ftp://mirror.example", "https://", "http://[::1"} {
		t.Setenv("HF_ENDPOINT", bad)
		if _, err := HubFromEnv(); !errors.Is(err, ErrName) {
			t.Errorf("HF_ENDPOINT=%q: %v", bad, err)
		}
	}
}
