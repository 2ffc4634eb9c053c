package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"lookalike/models"
	"lookalike/models/hubtest"
)

// tinyDir is a model folder that opens: the encoder's test model.
var tinyDir = filepath.Join("..", "..", "encoder", "testdata", "tiny")

// timmFile is a checkpoint of PyTorch that says by itself what it is, as DINO's own does.
var timmFile = filepath.Join("..", "..", "encoder", "testdata", "formats", "timm_float16.pth")

// hubSite is a hub of our own with a model under DINO's name, so that commands without arguments find it.
type hubSite struct {
	*hubtest.Hub
	data, cache string
	env         []string
	weights     []byte
	commit      string
}

func newHubSite(t *testing.T) *hubSite {
	t.Helper()
	s := &hubSite{Hub: hubtest.New(t), data: filepath.Join(t.TempDir(), "data"), cache: t.TempDir()}
	files := map[string][]byte{}
	for _, name := range []string{"config.json", "model.safetensors"} {
		data, err := os.ReadFile(filepath.Join(tinyDir, name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = data
	}
	s.weights, s.commit = files["model.safetensors"], s.Add("facebook/dino-vitb16", files)
	return s
}

// environ is for commands that ask the test's own hub. No other machine is ever asked.
func (s *hubSite) environ() []string {
	return append([]string{"HF_ENDPOINT=" + s.URL, "HF_HUB_CACHE=" + s.cache, "HF_HOME=", "HF_TOKEN=", "HF_TOKEN_PATH=", "XDG_CACHE_HOME="}, s.env...)
}

// command is one in a process of its own, to be killed or interrupted.
func (s *hubSite) command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := command(t, s.data, args...)
	cmd.Env = append(cmd.Env, s.environ()...)
	return cmd
}

// run runs a command in this process: with the race detector a process of its own costs more than most of them do.
func (s *hubSite) run(t *testing.T, args ...string) outcome {
	t.Helper()
	for _, v := range append(s.environ(), "HOME="+s.cache, "LOOKALIKE_MODEL=", "LOOKALIKE_API_KEY=", "LOOKALIKE_DATA="+s.data) {
		name, value, _ := strings.Cut(v, "=")
		t.Setenv(name, value)
	}
	var stdout, stderr strings.Builder
	code := run(t.Context(), args, strings.NewReader(""), &stdout, &stderr)
	return outcome{code, stdout.String(), stderr.String()}
}

// TestModel walks from no model at all to a library that uses a downloaded one.
func TestModel(t *testing.T) {
	s := newHubSite(t)
	_, made := gallery(t, 2)
	s.run(t, "model", "list").want(t, 0, "starter", "192", "in use")
	s.run(t, "model", "pull").want(t, 0, "dino-vitb16 installed: ", "from facebook/dino-vitb16 at commit "+s.commit[:12], "to use it: lookalike model use dino-vitb16")
	s.run(t, "model", "pull", "facebook/dino-vitb16").want(t, 0, "already installed")
	if got := into[installed](t, s.run(t, "model", "pull", "--json").want(t, 0)); !got.Already || got.Commit != s.commit || len(got.Files) != 2 {
		t.Errorf("pull --json: %+v", got)
	}
	s.run(t, "model", "use", "dino-vitb16").want(t, 0, "dino-vitb16 is in use: 48 dimensions")
	list := into[modelList](t, s.run(t, "model", "list", "--json").want(t, 0))
	if len(list.Models) != 2 || list.Models[0].InUse || !list.Models[1].InUse || list.Models[1].Commit != s.commit || list.Models[1].Size == 0 || len(list.Damaged) != 0 {
		t.Errorf("list --json: %+v", list)
	}
	s.run(t, "model", "list").want(t, 0, "dino-vitb16", "facebook/dino-vitb16", s.commit[:12], "in use")
	o := s.run(t, "add", made[0].Path).want(t, 0, "1 added")
	if strings.Contains(o.stderr, "lookalike model pull") {
		t.Errorf("a model is in use, and yet: %s", o.stderr)
	}
	s.run(t, "stats").want(t, 0, "dino-vitb16 (48 dimensions")
	s.run(t, "embed", "--model", "dino-vitb16", made[0].Path).want(t, 0, `"dim":48`)
	s.run(t, "model", "info", "dino-vitb16").want(t, 0, s.commit, hubtest.SHA256(s.weights), s.URL, "main")
	if m := into[models.Manifest](t, s.run(t, "model", "info", "dino-vitb16", "--json").want(t, 0)); m.Name != "dino-vitb16" || m.Fingerprint != list.Models[1].Fingerprint {
		t.Errorf("info --json: %+v", m)
	}
	s.run(t, "model", "use", "starter").want(t, 0, "starter is in use: 192 dimensions")
	s.run(t, "stats").want(t, 0, "starter (192 dimensions")
	s.run(t, "model", "use", "dino-vitb16").want(t, 0, "48 dimensions")
	s.run(t, "model", "use", "dino-vitb16").want(t, 0)
	s.run(t, "model", "rm", "dino-vitb16").want(t, 1, "is in use", "--force")
	s.run(t, "model", "rm", "dino-vitb16", "--force", "--json").want(t, 0, `"removed": "dino-vitb16"`)
	s.run(t, "stats").want(t, 0, "model is gone", "no such model is installed: dino-vitb16")
}

// TestModelVerify: bytes that rotted are found, and the same pull repairs them.
func TestModelVerify(t *testing.T) {
	s := newHubSite(t)
	s.run(t, "model", "pull").want(t, 0)
	s.run(t, "model", "verify", "dino-vitb16").want(t, 0, "2 files", "all as recorded; it opens")
	path := filepath.Join(s.data, "models", "dino-vitb16", "model.safetensors")
	rotten := slices.Clone(s.weights)
	rotten[len(rotten)-1] ^= 1
	write(t, path, string(rotten))
	s.run(t, "model", "verify", "dino-vitb16").want(t, 1, path, "recorded is "+hubtest.SHA256(s.weights), "repeat the pull")
	if v := into[verified](t, s.run(t, "model", "verify", "dino-vitb16", "--json").want(t, 1)); v.OK || v.Name != "dino-vitb16" || v.Error == "" {
		t.Errorf("verify --json: %+v", v)
	}
	s.run(t, "model", "pull").want(t, 0, "dino-vitb16 installed")
	if v := into[verified](t, s.run(t, "model", "verify", "dino-vitb16", "--json").want(t, 0)); !v.OK {
		t.Errorf("repaired, and yet: %+v", v)
	}
	// A file that is gone: the list shows the rest, and says so.
	if err := os.Remove(filepath.Join(s.data, "models", "dino-vitb16", "manifest.json")); err != nil {
		t.Fatal(err)
	}
	s.run(t, "model", "list").want(t, 0, "starter", "damaged:", "manifest.json")
}

// TestModelPullURL: a checkpoint from anywhere, down to an embedding.
func TestModelPullURL(t *testing.T) {
	s := newHubSite(t)
	checkpoint, err := os.ReadFile(timmFile)
	if err != nil {
		t.Fatal(err)
	}
	s.Add("anyone/files", map[string][]byte{"vit_pretrain.pth": checkpoint})
	url := s.URL + "/anyone/files/resolve/main/vit_pretrain.pth"
	s.run(t, "model", "pull", url+"?token=secret", "--sha256", strings.Repeat("0", 64)).want(t, 1, "its checksum is "+hubtest.SHA256(checkpoint))
	m := into[installed](t, s.run(t, "model", "pull", url+"?token=secret", "--sha256", hubtest.SHA256(checkpoint), "--json").want(t, 0))
	if m.Name != "vit_pretrain" || m.Source != url || m.Dim != 64 || m.Already {
		t.Errorf("%+v", m)
	}
	s.run(t, "model", "pull", url).want(t, 0, "already installed")
	s.run(t, "model", "use", "vit_pretrain").want(t, 0, "64 dimensions")
	_, made := gallery(t, 1)
	s.run(t, "embed", made[0].Path).want(t, 0, `"model":"vit_pretrain"`, `"dim":64`)
}

// TestModelPullKilled: SIGKILL in the middle of the weights. Nothing is seen of the model, and the next pull goes on
// after the last byte that came.
func TestModelPullKilled(t *testing.T) {
	const came = 200_000
	s := newHubSite(t)
	s.Inject("model.safetensors", hubtest.None(), hubtest.Stall(came))
	cmd := s.command(t, "model", "pull")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	part := filepath.Join(s.cache, "models--facebook--dino-vitb16", "blobs", hubtest.SHA256(s.weights)+".incomplete")
	waitForSize(t, part, came)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); cmd.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("it ended with %v", err)
	}
	if list := into[modelList](t, s.run(t, "model", "list", "--json").want(t, 0)); len(list.Models) != 1 || len(list.Damaged) != 0 {
		t.Errorf("after the kill: %+v", list)
	}
	s.run(t, "model", "pull").want(t, 0, "dino-vitb16 installed")
	s.run(t, "model", "verify", "dino-vitb16").want(t, 0, "all as recorded")
	requests := s.Requests("GET", "model.safetensors")
	if last := requests[len(requests)-1]; !last.CDN || last.Range != fmt.Sprintf("bytes=%d-", came) {
		t.Errorf("the second pull asked for %+v", last)
	}
}

// waitForSize returns when a file has that many bytes.
func waitForSize(t *testing.T, path string, size int64) {
	t.Helper()
	for range 1000 {
		if info, err := os.Stat(path); err == nil && info.Size() >= size {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%s did not grow to %d bytes", path, size)
}

// TestModelPullInterrupted: Ctrl-C while the hub makes us wait.
func TestModelPullInterrupted(t *testing.T) {
	s := newHubSite(t)
	s.Inject("/revision/main", hubtest.Status(429, "Retry-After", "300"))
	cmd := s.command(t, "model", "pull")
	var stderr syncBuffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		if strings.Contains(stderr.String(), "429 Too Many Requests: trying again in 5m0s") {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	outcome{code: cmd.ProcessState.ExitCode(), stderr: stderr.String()}.want(t, exitInterrupted, "trying again in 5m0s", "the same command goes on from where it stopped")
}

// syncBuffer is a strings.Builder that is read while a process writes.
type syncBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// TestModelPullTogether: two processes at once; both end with the model, which was fetched once.
func TestModelPullTogether(t *testing.T) {
	s := newHubSite(t)
	var group sync.WaitGroup
	for range 3 {
		cmd := s.command(t, "model", "pull")
		group.Go(func() {
			if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "installed") {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	group.Wait()
	s.run(t, "model", "verify", "dino-vitb16").want(t, 0)
	if n := len(s.Requests("GET", "resolve/"+s.commit+"/model.safetensors")); n != 1 {
		t.Errorf("weights fetched %d times", n)
	}
}

// TestModelPullFails: every failure says what to do next.
func TestModelPullFails(t *testing.T) {
	const carry = `run "lookalike model import DIR|FILE"`
	s := newHubSite(t)
	s.env = []string{"HF_TOKEN=hf_secret"}
	s.Inject("/revision/main", hubtest.Status(401), hubtest.Page("text/html"), hubtest.Status(429, "Retry-After", "86400"))
	s.run(t, "model", "pull").want(t, 1, "401 Unauthorized", "set HF_TOKEN", carry)
	s.run(t, "model", "pull").want(t, 1, "web page", "HF_ENDPOINT", carry)
	s.run(t, "model", "pull").want(t, 1, "429 Too Many Requests", "it asks to wait 24h0m0s", "goes on from where it stopped", carry)
	s.run(t, "model", "pull", "facebook/nothing").want(t, 1, "facebook/nothing at main", "404 Not Found", "check the name, --revision", carry)
	s.run(t, "model", "pull", "--revision", "v9").want(t, 1, "facebook/dino-vitb16 at v9", "404 Not Found")
	s.run(t, "model", "pull", s.URL+"/weights.pth").want(t, 1, "download weights.pth", "404")
	s.run(t, "model", "pull", "dino.pth/..").want(t, 2, "no repository", "lookalike model import")
	s.run(t, "model", "pull", s.URL+"/x.zip").want(t, 2, "ends in .safetensors, .pth, .bin")
	s.Add("facebook/other", map[string][]byte{"config.json": []byte(`{"hidden_act": "relu"}`), "model.safetensors": s.weights})
	s.run(t, "model", "pull", "facebook/other").want(t, 3, `hidden_act "relu"`, "nothing was installed: lookalike opens")
	s.run(t, "model", "pull", "--sha256", "00").want(t, 2, "--sha256 with a URL")
	s.run(t, "model", "pull", s.URL+"/x.pth", "--revision", "main").want(t, 2, "--revision goes with ORG/NAME")
	s.env = []string{"HF_ENDPOINT=mirror"}
	s.run(t, "model", "pull").want(t, 2, "HF_ENDPOINT must be an http(s) URL")
	blocked := filepath.Join(t.TempDir(), "file")
	write(t, blocked, "")
	s.env = []string{"HF_TOKEN=hf_secret", "HF_HUB_CACHE=" + blocked}
	s.run(t, "model", "pull").want(t, 3, "not a directory", "what came is kept")
	for _, r := range s.Requests("GET", "") {
		if !r.CDN && r.Auth != "Bearer hf_secret" {
			t.Errorf("%s without the token", r.Path)
		}
	}
}

// TestModelImport: folders and files that are here.
func TestModelImport(t *testing.T) {
	s := newHubSite(t)
	s.run(t, "model", "import", tinyDir).want(t, 0, "tiny installed: ", "48 dimensions", "lookalike model use tiny")
	s.run(t, "model", "import", tinyDir).want(t, 0, "tiny already installed")
	starter := filepath.Join("..", "..", "encoder", "starter")
	s.run(t, "model", "import", starter).want(t, 2, "cannot be called", "--name")
	s.run(t, "model", "import", starter, "--name", "tiny").want(t, 1, "the name is taken", "--name")
	s.run(t, "model", "import", starter, "--name", "small", "--json").want(t, 0, `"dim": 192`, `"already": false`)
	other := filepath.Join(t.TempDir(), "other")
	lookalike(t, other, "model", "import", filepath.Join(s.data, "models", "small")).want(t, 0, "small installed")
	if n := len(s.Requests("GET", "")); n != 0 {
		t.Errorf("an import asked the hub %d times", n)
	}
	bad := t.TempDir()
	s.run(t, "model", "import", bad).want(t, 3, "it has none of model.safetensors")
	write(t, filepath.Join(bad, "broken.pth"), "no weights")
	s.run(t, "model", "import", bad).want(t, 3, "not a model that can be used", "a PyTorch checkpoint")
	s.run(t, "model", "import", filepath.Join(bad, "broken.pth")).want(t, 3, "not a model that can be used", "broken.pth")
	s.run(t, "model", "import", filepath.Join(bad, "nowhere")).want(t, 3, "no such file")
	s.run(t, "model", "import", timmFile, "--name", "timm").want(t, 0, "timm installed", "64 dimensions")
	s.run(t, "model", "verify", "timm").want(t, 0, "1 files")
	if list := into[modelList](t, s.run(t, "model", "list", "--json").want(t, 0)); len(list.Models) != 4 {
		t.Errorf("%+v", list)
	}
}

// TestModelChoice: what is used, in which order, and what the first run says.
func TestModelChoice(t *testing.T) {
	const hint = "no model is installed; for DINO: lookalike model pull; then lookalike model use dino-vitb16"
	s := newHubSite(t)
	_, made := gallery(t, 2)
	dim := func(args ...string) int {
		t.Helper()
		return into[embedding](t, s.run(t, append([]string{"embed", made[0].Path}, args...)...).want(t, 0)).Dim
	}
	fresh := filepath.Join(t.TempDir(), "fresh")
	lookalike(t, fresh, "add", made[0].Path).want(t, 0, hint)
	if o := lookalike(t, fresh, "add", "--model", "starter", made[0].Path).want(t, 0); strings.Contains(o.stderr, hint) {
		t.Error("the starter was asked for, and yet it hints")
	}
	if n := dim(); n != 192 {
		t.Errorf("nothing installed: %d dimensions", n)
	}
	s.run(t, "model", "import", tinyDir).want(t, 0)
	if n := dim(); n != 192 {
		t.Errorf("installed and not chosen: %d dimensions", n)
	}
	for _, name := range []string{"config.json", "model.safetensors"} {
		data, err := os.ReadFile(filepath.Join(tinyDir, name))
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(s.data, "model", name), string(data))
	}
	if n := dim(); n != 48 {
		t.Errorf("with files in model/: %d dimensions", n)
	}
	s.run(t, "model", "list").want(t, 0, "model/", filepath.Join(s.data, "model"), "in use")
	s.run(t, "model", "use", "starter").want(t, 0)
	if n := dim(); n != 192 {
		t.Errorf("the starter was chosen: %d dimensions", n)
	}
	if n := dim("--model", tinyDir); n != 48 {
		t.Errorf("--model FOLDER: %d dimensions", n)
	}
	s.run(t, "model", "use", "tiny").want(t, 0)
	if err := os.RemoveAll(filepath.Join(s.data, "models", "tiny")); err != nil {
		t.Fatal(err)
	}
	s.run(t, "embed", made[0].Path).want(t, 3, "no such model is installed: tiny", "install it again")
	s.run(t, "model", "list").want(t, 0, "damaged:", "no such model is installed: tiny")
	s.run(t, "model", "use", "starter").want(t, 0)
}

// TestModelServed: `use` while a server has the folder asks that server.
func TestModelServed(t *testing.T) {
	s := newHubSite(t)
	_, made := gallery(t, 2)
	s.run(t, "model", "import", tinyDir).want(t, 0)
	startServer(t, s.data)
	s.run(t, "model", "use", "starter").want(t, 0)
	s.run(t, "model", "use", "tiny", "--wait").want(t, 0, "tiny is in use: 48 dimensions")
	s.run(t, "add", made[0].Path).want(t, 0)
	s.run(t, "stats").want(t, 0, "tiny (48 dimensions")
	s.run(t, "model", "rm", "tiny").want(t, 1, "tiny is in use")
	s.run(t, "model", "use", "starter", "--wait").want(t, 0, "starter is in use")
	s.run(t, "model", "status").want(t, 0, "idle")
	s.run(t, "model", "list").want(t, 0, "in use")
	s.run(t, "model", "rm", "tiny").want(t, 0, "tiny removed")
	fresh := filepath.Join(t.TempDir(), "fresh")
	startServer(t, fresh)
	if o := lookalike(t, fresh, "add", made[0].Path).want(t, 0); strings.Contains(o.stderr, "no model is installed") {
		t.Errorf("the server chooses the model, and yet: %s", o.stderr)
	}
}

// TestModelCommands holds exit codes, help and completion.
func TestModelCommands(t *testing.T) {
	s := newHubSite(t)
	s.run(t, "model", "import", tinyDir).want(t, 0)
	for args, c := range map[string]struct {
		code int
		text string
	}{
		"model":                          {0, "lookalike model use dino-vitb16"},
		"model nonsense":                 {2, "unknown command"},
		"model pull --help":              {0, "f205d5d8e640a89a2b8ef0369670dfc37cc07fc2"},
		"model pull a b":                 {2, "accepts at most 1 arg"},
		"model import":                   {2, "accepts 1 arg"},
		"model import --help":            {0, "/media/stick"},
		"model list x":                   {2, "unknown command"},
		"model use":                      {2, "accepts 1 arg"},
		"model use nobody":               {1, "no such model is installed: nobody; see \"lookalike model list\""},
		"model use ../tiny":              {2, "cannot be called"},
		"model info nobody":              {1, "no such model"},
		"model info starter":             {1, "inside the program"},
		"model verify starter":           {1, "inside the program"},
		"model verify nobody --json":     {1, "no such model"},
		"model rm nobody":                {1, "no such model"},
		"model rm .in-use":               {2, "cannot be called"},
		"model verify --help":            {0, "Exit code 1"},
		"__complete model use ":          {0, "starter\ntiny\n"},
		"__complete model rm ":           {0, "tiny\n"},
		"__complete model verify tiny ":  {0, ":4"},
		"__complete model pull ":         {0, "facebook/dino-vitb16"},
		"__complete model use --data x ": {0, "starter"},
		"--model nobody embed x.jpg":     {3, "an installed model's name"},
	} {
		t.Run(args, func(t *testing.T) {
			list := strings.Split(args, " ")
			s.run(t, list...).want(t, c.code, c.text)
		})
	}
	if n := len(s.Requests("GET", "")); n != 0 {
		t.Errorf("%d requests to the hub", n)
	}
}
