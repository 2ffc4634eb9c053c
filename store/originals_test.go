package store

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestPutOriginal(t *testing.T) {
	s := openStore(t, t.TempDir())
	data := []byte("some picture")
	sha := sha256.Sum256(data)
	if err := s.PutOriginal(digest("other", 1), data); !errors.Is(err, ErrEntry) {
		t.Errorf("bytes under another's name: %v", err)
	}
	for range 2 {
		if err := s.PutOriginal(sha, data); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(s.OriginalPath(sha)); err != nil || string(got) != string(data) {
			t.Errorf("read %q, %v", got, err)
		}
	}
	// What is there but of another length is written anew.
	if err := os.Truncate(s.OriginalPath(sha), 3); err != nil {
		t.Fatal(err)
	}
	if err := s.PutOriginal(sha, data); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(s.OriginalPath(sha)); string(got) != string(data) {
		t.Errorf("read %q", got)
	}
}

// TestUploadsAtOnce uploads and deletes the same few contents from many goroutines: an original may be removed only when
// no record, and no upload on its way, needs it.
func TestUploadsAtOnce(t *testing.T) {
	s := openStore(t, t.TempDir())
	var wg sync.WaitGroup
	for g := range 6 {
		wg.Go(func() {
			for i := range 12 {
				content := 1 + (g+i)%3
				put(t, s, content, 0)
				added, err := s.Add(entryOf(content, uploadFile(fmt.Sprint(g), content, 0)))
				if err != nil {
					t.Error(err)
					return
				}
				if i%3 == 2 {
					if _, _, err := s.Delete(added[0].ID); err != nil {
						t.Error(err)
					}
				}
				if i%4 == 3 {
					if err := s.Check(); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
}

// TestOriginalsOnBadGround has the folder for originals be something else: the upload fails, and nothing else does.
func TestOriginalsOnBadGround(t *testing.T) {
	s := openStore(t, t.TempDir())
	root := filepath.Join(s.Dir(), originalsName)
	if err := os.WriteFile(root, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	data := bytesOf(1, 0)
	if err := s.PutOriginal(sha256.Sum256(data), data); err == nil || !strings.Contains(err.Error(), root) {
		t.Errorf("store original: %v", err)
	}
	add(t, s, entryOf(2, pathFile("/2", 2, 0)))
	if err := os.Remove(root); err != nil {
		t.Fatal(err)
	}
	put(t, s, 1, 0)
	add(t, s, entryOf(1, uploadFile("1.jpg", 1, 0)))
}

func TestParseOriginal(t *testing.T) {
	sha := digest("x", 1)
	good := strings.TrimPrefix(originalName(sha), originalsName+"/")
	if got, ok := parseOriginal(good); !ok || got != sha {
		t.Errorf("%s is %x, %v", good, got, ok)
	}
	half := good[:3] + "." + good[3:] + "42"
	if !isHalfOriginal(half) {
		t.Errorf("%s is not a half-written original", half)
	}
	for _, name := range []string{"", ".", "ab", good[:66], good + "0", half, strings.ToUpper(good), "zz" + good[2:],
		good[:2] + "-" + good[3:], good[3:] + "/ab", "../" + good[3:], strings.Repeat("z", 67)} {
		if _, ok := parseOriginal(name); ok || (name != half && isHalfOriginal(name)) {
			t.Errorf("%q is taken for an original", name)
		}
	}
}
