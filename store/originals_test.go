package store

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
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
