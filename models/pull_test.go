package models

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"lookalike/models/hubtest"
)

// TestPull: hubs and mirrors of every kind give the same model.
func TestPull(t *testing.T) {
	for name, change := range map[string]func(*site){
		"hub":            func(*site) {},
		"files from hub": func(s *site) { s.Direct = true },
		"names only":     func(s *site) { s.NoBlobs = true },
		"mirror, no API": func(s *site) { s.NoAPI = true },
		"token":          func(s *site) { s.Token = "hf_secret"; s.client.Token = "hf_secret" },
		"nobody looks":   func(s *site) { s.client.Progress = nil },
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			change(s)
			m, already, err := s.pull(t.Context(), opens)
			if err != nil || already {
				t.Fatal(already, err)
			}
			s.wantInstalled(t, m)
			if want := []string{configFile, preprocessFile, weightsFile}; !slices.Equal(names(m), want) {
				t.Errorf("installed %q, want %q", names(m), want)
			}
			if m.Name != "tiny-vit" || m.Source != tinyID || m.Revision != "main" || m.Commit != s.commit || m.Endpoint != s.URL || m.Dim == 0 {
				t.Errorf("manifest %+v", m)
			}
			s.wantCache(t)
			s.wantKeptSecret(t)
			if n := len(s.Requests("GET", weightsFile)); s.Direct && n != 1 || !s.Direct && n != 2 {
				t.Errorf("%d requests for the weights", n)
			}
		})
	}
}

// wantCache holds the layout that other programs read.
func (s *site) wantCache(t *testing.T) {
	t.Helper()
	repository := filepath.Join(s.client.Cache, "models--facebook--tiny-vit")
	if ref := string(read(t, filepath.Join(repository, "refs", "main"))); ref != s.commit {
		t.Errorf("refs/main is %q, want %q", ref, s.commit)
	}
	for name, blob := range map[string]string{weightsFile: hubtest.SHA256(s.files[weightsFile]), configFile: hubtest.GitSHA1(s.files[configFile])} {
		link, err := os.Readlink(filepath.Join(repository, "snapshots", s.commit, name))
		if want := filepath.Join("..", "..", "blobs", blob); err != nil || link != want {
			t.Errorf("snapshot's %s is %q (%v), want %q", name, link, err, want)
		}
	}
}

// wantKeptSecret: the token is for the hub and for nobody that it redirects to.
func (s *site) wantKeptSecret(t *testing.T) {
	t.Helper()
	for _, r := range slices.Concat(s.Requests("GET", ""), s.Requests("HEAD", "")) {
		if want := s.client.Token != "" && !r.CDN; (r.Auth != "") != want || want && r.Auth != "Bearer "+s.client.Token {
			t.Errorf("%s %s (CDN %v) came with Authorization %q", r.Method, r.Path, r.CDN, r.Auth)
		}
	}
}

// TestPullAgain: nothing is downloaded twice, whatever was removed or damaged since.
func TestPullAgain(t *testing.T) {
	s := newSite(t)
	m, _, err := s.pull(t.Context(), opens)
	if err != nil {
		t.Fatal(err)
	}
	asked := func() int { return len(s.Requests("GET", weightsFile)) }
	before := asked()
	if _, already, err := s.pull(t.Context(), opens); err != nil || !already {
		t.Error("again:", already, err)
	}
	if err := s.folder.Remove(t.Context(), m.Name); err != nil {
		t.Fatal(err)
	}
	if _, already, err := s.pull(t.Context(), opens); err != nil || already {
		t.Error("from the cache:", already, err)
	}
	if asked() != before {
		t.Errorf("%d more requests for weights that are there", asked()-before)
	}
	// The installed file and the blob may be one file with two names.
	write(t, filepath.Join(s.folder.Dir, m.Name, weightsFile), []byte("rotten"))
	if err := s.folder.Verify(t.Context(), m); !errors.Is(err, ErrDamaged) {
		t.Errorf("Verify of rotten weights: %v", err)
	}
	if m, already, err := s.pull(t.Context(), opens); err != nil || already {
		t.Error("repair:", already, err)
	} else {
		s.wantInstalled(t, m)
	}
}

// TestPullMoved: the branch has a new commit; the installed model stays what it is.
func TestPullMoved(t *testing.T) {
	s := newSite(t)
	if _, _, err := s.pull(t.Context(), opens); err != nil {
		t.Fatal(err)
	}
	old := s.commit
	s.files = with(s.files, configFile, append([]byte(" "), s.files[configFile]...))
	s.commit = s.Add(tinyID, s.files)
	before := len(s.Requests("GET", "resolve"))
	if _, _, err := s.pull(t.Context(), opens); !errors.Is(err, ErrExists) || !strings.Contains(err.Error(), old[:12]) || !strings.Contains(err.Error(), s.commit[:12]) {
		t.Errorf("pull over another commit: %v", err)
	}
	if len(s.Requests("GET", "resolve")) != before {
		t.Error("downloaded before it looked")
	}
	m, _, err := s.folder.Pull(t.Context(), s.client, Request{Source: tinyID, Revision: s.commit, Name: "newer"}, opens)
	if err != nil || m.Commit != s.commit {
		t.Fatal(m, err)
	}
	s.wantInstalled(t, m)
	if _, _, err := s.folder.Pull(t.Context(), s.client, Request{Source: tinyID, Revision: old, Name: "older"}, opens); !errors.Is(err, ErrNotFound) {
		t.Errorf("a commit that the hub does not have: %v", err)
	}
}

// TestPullForms: safetensors before shards before PyTorch's file, and nothing else of the repository.
func TestPullForms(t *testing.T) {
	const index = `{"metadata":{},"weight_map":{"a":"model-00002-of-00002.safetensors","b":"model-00001-of-00002.safetensors","c":"model-00001-of-00002.safetensors"}}`
	sharded := map[string][]byte{"config.json": []byte("{}"), indexFile: []byte(index), "model-00001-of-00002.safetensors": []byte("one"),
		"model-00002-of-00002.safetensors": []byte("two"), "model-00003-of-00002.safetensors": []byte("three"), pytorchFile: []byte("pickle")}
	for name, c := range map[string]struct {
		files map[string][]byte
		want  string // names, or the error
		err   error
	}{
		"all forms":       {with(sharded, weightsFile, []byte("whole")), "config.json model.safetensors", nil},
		"shards":          {sharded, "config.json " + indexFile + " model-00001-of-00002.safetensors model-00002-of-00002.safetensors", nil},
		"pytorch":         {with(sharded, indexFile, nil), "config.json pytorch_model.bin", nil},
		"DINO's own":      {map[string][]byte{"dino.pth": []byte("x"), "README.md": {}}, "dino.pth", nil},
		"which one?":      {map[string][]byte{"a.pth": []byte("x"), "b.pth": []byte("y")}, "one of a.pth, b.pth is meant", ErrUnusable},
		"no config":       {map[string][]byte{weightsFile: []byte("x")}, "model.safetensors", nil},
		"no weights":      {map[string][]byte{"config.json": []byte("{}")}, "it has none of model.safetensors", ErrUnusable},
		"a shard missing": {with(sharded, "model-00002-of-00002.safetensors", nil), "model-00002-of-00002.safetensors is listed", ErrNotFound},
		"index of paths":  {with(sharded, indexFile, []byte(`{"weight_map":{"a":"../../evil.safetensors"}}`)), "evil", ErrUnusable},
		"index of others": {with(sharded, indexFile, []byte(`{"weight_map":{"a":"manifest.json"}}`)), "manifest.json", ErrUnusable},
		"index of dots":   {with(sharded, indexFile, []byte(`{"weight_map":{"a":".in-use.safetensors"}}`)), ".in-use", ErrUnusable},
		"index empty":     {with(sharded, indexFile, []byte(`{}`)), "lists 0 files", ErrUnusable},
		"index broken":    {with(sharded, indexFile, []byte(`{`)), indexFile, ErrUnusable},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			s.files = c.files
			s.Add(tinyID, s.files)
			m, _, err := s.pull(t.Context(), anything)
			if c.err != nil {
				if !errors.Is(err, c.err) || !strings.Contains(err.Error(), c.want) {
					t.Errorf("%v, want %v with %q", err, c.err, c.want)
				}
				return
			}
			if got := strings.Join(names(m), " "); err != nil || got != c.want {
				t.Fatalf("installed %s (%v), want %s", got, err, c.want)
			}
			s.wantInstalled(t, m)
		})
	}
}

// TestPullUnusable: what the Probe cannot open is not installed.
func TestPullUnusable(t *testing.T) {
	s := newSite(t)
	s.files = with(s.files, configFile, []byte(`{"hidden_size": 7}`))
	s.Add(tinyID, s.files)
	if _, _, err := s.pull(t.Context(), opens); !errors.Is(err, ErrUnusable) || !strings.Contains(err.Error(), "hidden_size") {
		t.Errorf("pulled a model that cannot be opened: %v", err)
	}
	if _, err := s.folder.Get("tiny-vit"); !errors.Is(err, ErrNotInstalled) {
		t.Errorf("it is there: %v", err)
	}
	s.wantTidy(t)
}

// TestPullTogether: many at once, and every one ends with the model; the weights are fetched once.
func TestPullTogether(t *testing.T) {
	s := newSite(t)
	var group sync.WaitGroup
	var mu sync.Mutex
	fresh := 0
	for range 6 {
		group.Go(func() {
			_, already, err := s.pull(t.Context(), opens)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			if !already {
				fresh++
			}
		})
	}
	group.Wait()
	m, err := s.folder.Get("tiny-vit")
	if err != nil {
		t.Fatal(err)
	}
	s.wantInstalled(t, m)
	if n := len(s.Requests("GET", "resolve/"+s.commit+"/"+weightsFile)); n != 1 || fresh != 1 {
		t.Errorf("weights fetched %d times, installed %d times", n, fresh)
	}
}

// TestPullNames: bad requests are refused before anything is asked.
func TestPullNames(t *testing.T) {
	s := newSite(t)
	for _, q := range []Request{
		{Source: ""}, {Source: "a/b/c"}, {Source: "../etc"}, {Source: "a/.."}, {Source: "-x/y"}, {Source: "a b/c"}, {Source: "a/b?x"}, {Source: "file:///a.pth"},
		{Source: tinyID, Revision: "../../x"}, {Source: tinyID, Revision: "-x"}, {Source: tinyID, Revision: "a//b"}, {Source: tinyID, Revision: "a..b"},
		{Source: tinyID, Name: ".in-use"}, {Source: tinyID, Name: Starter}, {Source: tinyID, Name: "a/b"}, {Source: "facebook/" + Starter},
		{Source: s.URL + "/weights.zip"}, {Source: s.URL + "/.pth"}, {Source: "http:///x.pth"}, {Source: s.URL + "/x.pth", SHA256: "abc"},
		{Source: s.URL + "/x.pth", SHA256: strings.Repeat("0", 40)},
	} {
		if _, _, err := s.folder.Pull(t.Context(), s.client, q, anything); !errors.Is(err, ErrName) {
			t.Errorf("%+v: %v", q, err)
		}
	}
	if n := len(s.Requests("GET", "")) + len(s.Requests("HEAD", "")); n != 0 {
		t.Errorf("%d requests", n)
	}
}

// TestPullRevision: a branch with a slash.
func TestPullRevision(t *testing.T) {
	s := newSite(t)
	m, _, err := s.folder.Pull(t.Context(), s.client, Request{Source: tinyID, Revision: "refs/pr/1"}, opens)
	if err != nil || m.Revision != "refs/pr/1" {
		t.Fatal(m, err)
	}
	if ref := string(read(t, filepath.Join(s.client.Cache, "models--facebook--tiny-vit", "refs", "refs", "pr", "1"))); ref != s.commit {
		t.Errorf("ref is %q", ref)
	}
}

// TestPullCancelled: what came before Ctrl-C is where the next pull goes on.
func TestPullCancelled(t *testing.T) {
	s := newSite(t)
	s.Inject(weightsFile, hubtest.None(), hubtest.Stall(200_000))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		for fileSize(s.partial()) < 200_000 {
			if sleep(ctx, lockPause/10) != nil {
				return
			}
		}
		cancel()
	}()
	if _, _, err := s.pull(ctx, opens); !errors.Is(err, context.Canceled) {
		t.Fatalf("cancelled: %v", err)
	}
	s.wantTidy(t)
	m, _, err := s.pull(t.Context(), opens)
	if err != nil {
		t.Fatal(err)
	}
	s.wantInstalled(t, m)
	if n := countFrom(s.Requests("GET", weightsFile), "bytes=200000-"); n != 2 {
		t.Errorf("%d requests went on after byte 200000, want 2 (hub and CDN)", n)
	}
}

// partial is where the weights gather.
func (s *site) partial() string {
	return filepath.Join(s.client.Cache, "models--facebook--tiny-vit", "blobs", hubtest.SHA256(s.files[weightsFile])+".incomplete")
}
