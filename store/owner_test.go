package store

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// child starts the test binary as another process in a role of TestMain's.
func child(t testing.TB, role, dir, seed string) (cmd *exec.Cmd, out *bufio.Scanner) {
	t.Helper()
	cmd = exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childRole+"="+role, childDir+"="+dir, childSeed+"="+seed)
	cmd.Stderr = os.Stderr
	pipe, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	return cmd, bufio.NewScanner(pipe)
}

// holdChild opens a folder, announces itself, says so, and stays until it is killed.
func holdChild(dir string) {
	s, err := Open(dir, Options{})
	if err == nil {
		err = s.Announce("http://127.0.0.1:7", "secret")
	}
	fmt.Println("ready", err)
	select {}
}

// TestSecondProcess has another process hold the folder, and then killed.
func TestSecondProcess(t *testing.T) {
	dir := t.TempDir()
	cmd, out := child(t, "hold", dir, "")
	if !out.Scan() || out.Text() != "ready <nil>" {
		t.Fatalf("child says %q", out.Text())
	}
	pid := cmd.Process.Pid
	for range 3 { // reading does not take the lock away
		if _, err := Open(dir, Options{}); !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), fmt.Sprintf("in use by process %d:", pid)) {
			t.Errorf("second process: %v, want process %d", err, pid)
		}
		if _, err := Open(dir, Options{ReadOnly: true}); !errors.Is(err, ErrInUse) {
			t.Errorf("second process, reading: %v", err)
		}
		owner, err := ReadOwner(dir)
		if want := (Owner{pid, "http://127.0.0.1:7", "secret"}); owner != want || err != nil {
			t.Errorf("owner is %+v, %v, want %+v", owner, err, want)
		}
	}
	cmd.Process.Kill()
	cmd.Wait()
	if !exists(filepath.Join(dir, ownerName)) {
		t.Error("the killed process took owner.json with it: the test shows nothing")
	}
	if owner, err := ReadOwner(dir); !errors.Is(err, ErrNoOwner) {
		t.Errorf("a dead owner is taken for %+v, %v", owner, err)
	}
	s := openStore(t, dir)
	if owner, err := ReadOwner(dir); err != nil || owner.PID != os.Getpid() {
		t.Errorf("owner is %+v, %v, want process %d", owner, err, os.Getpid())
	}
	s.Close()
	if exists(filepath.Join(dir, ownerName)) {
		t.Error("Close left owner.json")
	}
}

// TestStaleOwner has a file of a process that is gone, whose number now is another's, mislead nobody.
func TestStaleOwner(t *testing.T) {
	dir := filled(t)
	text, _ := json.Marshal(Owner{PID: os.Getppid(), URL: "http://127.0.0.1:1", Token: "old"})
	if err := os.WriteFile(filepath.Join(dir, ownerName), text, 0o600); err != nil {
		t.Fatal(err)
	}
	if o, err := ReadOwner(dir); !errors.Is(err, ErrNoOwner) {
		t.Errorf("stale owner: %+v, %v", o, err)
	}
	// A reader holds the database meanwhile: whoever it is, it is not the process in the file.
	r, err := Open(dir, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, Options{}); !errors.Is(err, ErrInUse) || strings.Contains(err.Error(), fmt.Sprint("process ", os.Getppid())) {
		t.Errorf("beside a reader: %v", err)
	}
	r.Close()
	s := openStore(t, dir)
	if o, err := ReadOwner(dir); err != nil || o != (Owner{PID: os.Getpid()}) {
		t.Errorf("new owner: %+v, %v", o, err)
	}
	if _, err := Open(dir, Options{}); !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), fmt.Sprintf("process %d:", os.Getpid())) {
		t.Errorf("twice in one process: %v", err)
	}
	if o, err := ReadOwner(filepath.Join(dir, "nowhere")); !errors.Is(err, ErrNoOwner) {
		t.Errorf("no folder: %+v, %v", o, err)
	}
	if err := s.Announce("u", "t"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, ownerName), []byte("{"), 0o600); err != nil { // in place: the lock stays
		t.Fatal(err)
	}
	if _, err := ReadOwner(dir); err == nil || errors.Is(err, ErrNoOwner) || !strings.Contains(err.Error(), ownerName) {
		t.Errorf("unreadable owner: %v", err)
	}
}

// TestAnnounceIsAtomic reads the owner while it is announced over and over: there is never none, and never half of one.
func TestAnnounceIsAtomic(t *testing.T) {
	s := openStore(t, t.TempDir())
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if o, err := ReadOwner(s.Dir()); err != nil || o.PID != os.Getpid() {
					t.Errorf("owner is %+v, %v", o, err)
					return
				}
			}
		})
	}
	for i := range 300 {
		if err := s.Announce(fmt.Sprint("http://127.0.0.1:", i), strings.Repeat("t", i)); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	wg.Wait()
	if temps, _ := fs.Glob(os.DirFS(s.Dir()), tempPattern); len(temps) > 0 {
		t.Errorf("left %v", temps)
	}
}
