package store

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// TestCheckFinds breaks one thing at a time in a folder with one of everything; each time Check must say what.
//
// The folder (see sample): images 1, 3, 4 imported as /1, /3, /4; images 5, 6, 7 uploaded as 10.jpg, 11.jpg, 12.jpg; the
// graph's watermark is 5 and the log goes on to 8, the deletion of image 2. Images 1 and 3 are labelled cat; dog was
// rejected for 3.
func TestCheckFinds(t *testing.T) {
	put := func(bucket, key, value []byte) func(tx *bolt.Tx) error {
		return func(tx *bolt.Tx) error { return tx.Bucket(bucket).Put(key, value) }
	}
	remove := func(bucket, key []byte) func(tx *bolt.Tx) error {
		return func(tx *bolt.Tx) error { return tx.Bucket(bucket).Delete(key) }
	}
	// flip changes one bit in the middle of a value.
	flip := func(bucket, key []byte) func(tx *bolt.Tx) error {
		return func(tx *bolt.Tx) error {
			v := bytes.Clone(tx.Bucket(bucket).Get(key))
			v[len(v)/2] ^= 16
			return tx.Bucket(bucket).Put(key, v)
		}
	}
	pixels := func(content int) []byte { h := digest("pixels", content); return h[:] }
	sha := func(content int) []byte { f := pathFile("", content, 0); return f.SHA256[:] }
	path1, ten := fileKey(1, File{Path: "/1"}), fileKey(5, uploadFile("10.jpg", 10, 0))
	foreign, _ := encodeImage(Image{PixelHash: digest("pixels", 1), Model: otherModel})
	label, _ := encodeLabel(Label{Decision: Given, At: testTime})
	wrongCounts, _ := sealJSON(counts{Images: 9})
	tests := []struct {
		name string
		harm func(tx *bolt.Tx) error
		says []string
	}{
		{"flipped record", flip(bucketImages, idKey(1)), []string{"images: image 1: damaged: checksum"}},
		{"flipped vector", flip(bucketVectors, idKey(3)), []string{"images: image 3: vector: damaged"}},
		{"flipped thumbnail", flip(bucketThumbnails, idKey(3)), []string{"images: image 3: thumbnail: damaged"}},
		{"flipped file", flip(bucketFiles, path1), []string{`files: file "/1" of image 1: damaged`}},
		{"flipped change", flip(bucketLog, idKey(7)), []string{"log: log entry 7: damaged"}},
		{"flipped chunk", flip(bucketGraph, chunkKey(1)), []string{"graph: chunk 1: damaged"}},
		{"flipped header", flip(bucketGraph, keyHeader), []string{"graph: graph header: damaged"}},
		{"flipped counts", flip(bucketMeta, keyCounts), []string{"meta: counts: damaged"}},
		{"flipped model", flip(bucketMeta, keyModel), []string{"meta: model: damaged", "images: image 1: model is a1"}},
		{"no vector", remove(bucketVectors, idKey(1)), []string{"image 1: it has no vector"}},
		{"no thumbnail", remove(bucketThumbnails, idKey(1)), []string{"image 1: it has no thumbnail"}},
		{"no pixels", remove(bucketPixels, pixels(1)), []string{"image 1: its pixels do not lead back"}},
		{"no file", remove(bucketFiles, path1), []string{"image 1: it has no file", `paths: "/1" is not a file of image 1`, "sha256: -1 hashes", "counts are"}},
		{"no path", remove(bucketPaths, []byte("/1")), []string{`files: path "/1" of image 1 does not lead back`}},
		{"no hash", remove(bucketSHA256, sha(1)), []string{"sha256: ", "image 1 has 1 such files", "1 hashes fewer"}},
		{"no image", remove(bucketImages, idKey(1)), []string{"vectors: image 0000000000000001 does not exist",
			"thumbnails: image 0000000000000001", "pixels: ", "files: image", "sha256: image", "counts are"}},
		{"image numbered beyond the last", put(bucketImages, idKey(99), foreign), []string{"image 99: numbers given out end at 7"}},
		{"image 0", put(bucketImages, idKey(0), foreign), []string{"image 0: numbers"}},
		{"short image key", put(bucketImages, []byte("x"), foreign), []string{"images: damaged: number of 1 bytes"}},
		{"other model", put(bucketImages, idKey(1), foreign), []string{"image 1: model is b2b2b2b2b2b2, the folder's is a1a1"}},
		{"other dimension", put(bucketVectors, idKey(1), encodeVector([]float32{1})), []string{"image 1: vector: 1 numbers, the model makes 8"}},
		{"vector of nothing", put(bucketVectors, idKey(2), encodeVector(vectorOf(2))), []string{"vectors: image 0000000000000002 does not exist"}},
		{"pixels of another", put(bucketPixels, pixels(1), idKey(3)), []string{"image 3 has other pixels", "image 1: its pixels"}},
		{"pixels of nothing", put(bucketPixels, pixels(50), idKey(50)), []string{"image 50 does not exist"}},
		{"pixels to no number", put(bucketPixels, pixels(50), []byte{1}), []string{"number of 1 bytes"}},
		{"path of another", put(bucketPaths, []byte("/1"), idKey(3)), []string{`"/1" is not a file of image 3`, `path "/1" of image 1 does not lead back`}},
		{"path to no number", put(bucketPaths, []byte("/1"), []byte{1}), []string{"paths: damaged: number"}},
		{"file of nothing", put(bucketFiles, []byte("x"), nil), []string{"files: damaged: file key of 1 bytes"}},
		{"hash of another", put(bucketSHA256, sha(1), encodeSHA(shaRecord{3, 1, 0})), []string{"image 1 has 1 such files"}},
		{"hash counted twice", put(bucketSHA256, sha(1), encodeSHA(shaRecord{1, 2, 0})), []string{"image 1 has 1 such files, 0 of them uploads"}},
		{"hash of nothing", put(bucketSHA256, sha(60), encodeSHA(shaRecord{60, 1, 0})), []string{"image 000000000000003c does not exist", "-1 hashes"}},
		{"short hash", put(bucketSHA256, []byte("x"), encodeSHA(shaRecord{1, 1, 0})), []string{"hash of 1 bytes"}},
		{"hash without a record", put(bucketSHA256, sha(1), []byte{1}), []string{"sha256 value of 1 bytes"}},
		{"upload key with other bytes", func(tx *bolt.Tx) error {
			return tx.Bucket(bucketFiles).Put(ten, tx.Bucket(bucketFiles).Get(path1))
		}, []string{"key and record have different hashes"}},
		{"counts", put(bucketMeta, keyCounts, wrongCounts), []string{"counts are {Images:9", "there are {Images:6"}},
		{"gap in the log", remove(bucketLog, idKey(7)), []string{"log: entry 8 stands where 7 should"}},
		{"log cut off", remove(bucketLog, idKey(8)), []string{"log: ends at 7, numbers given out at 8"}},
		{"log below the watermark", put(bucketLog, idKey(4), encodeChange(Change{ID: 4})), []string{"entry 4 stands where 6 should"}},
		{"log says deleted", put(bucketLog, idKey(8), encodeChange(Change{ID: 1, Delete: true})), []string{"log: image 1: deleted is true, exists is true"}},
		{"log says added", put(bucketLog, idKey(8), encodeChange(Change{ID: 2})), []string{"log: image 2: deleted is false, exists is false"}},
		{"log key", put(bucketLog, []byte("zz"), encodeChange(Change{ID: 2})), []string{"number of 2 bytes"}},
		{"chunk without header", remove(bucketGraph, keyHeader), []string{"graph: chunk 1: there is no header", "log: entry 6 stands where 1 should"}},
		{"graph key", put(bucketGraph, []byte("x"), seal(nil)), []string{`graph key "x"`}},
		{"flipped label", flip(bucketLabels, labelKey(3, "dog")), []string{`labels: label "dog" of image 3: damaged: checksum`}},
		{"label of nothing", put(bucketLabels, labelKey(77, "cat"), label), []string{`label "cat" of image 77 is given, that labelled leads to it is false`}},
		{"label out of shape", put(bucketLabels, labelKey(1, " x"), label), []string{"labels: label: ", "white space"}},
		{"short label key", put(bucketLabels, []byte("x"), label), []string{"labels: damaged: label key of 1 bytes"}},
		{"labelled of nothing", put(bucketLabelled, labelledKey("cat", 77), []byte{}), []string{`labelled: "cat" is not a label of image 77`}},
		{"rejected and labelled", put(bucketLabelled, labelledKey("dog", 3), []byte{}), []string{`label "dog" of image 3 is rejected, that labelled leads to it is true`}},
		{"not labelled", remove(bucketLabelled, labelledKey("cat", 1)), []string{`label "cat" of image 1 is given, that labelled leads to it is false`}},
		{"no label", remove(bucketLabels, labelKey(1, "cat")), []string{`labelled: "cat" is not a label of image 1`}},
		{"labelled without a zero", put(bucketLabelled, []byte("cat"), []byte{}), []string{"labelled: damaged: key 636174"}},
		{"flipped probe", func(tx *bolt.Tx) error {
			return tx.Bucket(bucketProbes).Put([]byte("a1a1"), append(seal(nil), 0))
		}, []string{"probes: a1a1: damaged: checksum"}},
		{"flipped spec", func(tx *bolt.Tx) error {
			return tx.Bucket(bucketSpecs).Put([]byte("a1a1"), append(seal(nil), 0))
		}, []string{"specs: a1a1: damaged: checksum"}},
		{"flipped whitening", func(tx *bolt.Tx) error {
			return tx.Bucket(bucketWhitenings).Put([]byte("a1a1"), append(seal(nil), 0))
		}, []string{"whitenings: a1a1: damaged: checksum"}},
		{"bucket of others", func(tx *bolt.Tx) error { return second(tx.CreateBucket([]byte("notes"))) }, []string{`bucket "notes" is none of ours`}},
		{"bucket in a bucket", func(tx *bolt.Tx) error { return second(tx.Bucket(bucketPaths).CreateBucket([]byte("/z"))) },
			[]string{"paths: key 2f7a says that it is a bucket"}},
	}
	good := filled(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := copyOf(t, good)
			edit(t, dir, tt.harm)
			s, err := Open(dir, Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			wantProblems(t, s.Check(), tt.says...)
		})
	}
}

// wantProblems fails the test unless each is part of a problem of its own.
func wantProblems(t *testing.T, err error, says ...string) {
	t.Helper()
	var found *CheckError
	if !errors.As(err, &found) || !errors.Is(err, ErrCorrupt) {
		t.Fatalf("Check gives %v, want problems", err)
	}
	for _, want := range says {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("Check does not say %q:\n%v", want, err)
		}
	}
}

// TestCheckOriginals looks at the files beside the database, and at what Open cleans up.
func TestCheckOriginals(t *testing.T) {
	dir := filled(t)
	s := openStore(t, dir)
	root := filepath.Join(dir, originalsName)
	kept := uploadFile("", 10, 0)
	stray := filepath.FromSlash(originalName(digest("stray", 0)))
	half := filepath.Join(filepath.Dir(s.OriginalPath(kept.SHA256)), "."+filepath.Base(s.OriginalPath(kept.SHA256))+"123")
	notOurs := filepath.Join(root, ".DS_Store")
	os.MkdirAll(filepath.Dir(filepath.Join(dir, stray)), 0o700)
	for _, path := range []string{filepath.Join(dir, stray), half, notOurs, filepath.Join(dir, ".tmp-1")} {
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put(t, s, 30, 0) // on its way: not a stray
	wantProblems(t, s.Check(), filepath.Base(stray)+": no image refers to it")

	s.Close()
	s = openStore(t, dir)
	if err := s.Check(); err != nil {
		t.Errorf("after opening again: %v", err)
	}
	for path, want := range map[string]bool{
		filepath.Join(dir, stray): false, half: false, filepath.Join(dir, ".tmp-1"): false,
		s.OriginalPath(uploadFile("", 30, 0).SHA256): false, // its record never came
		notOurs: true, s.OriginalPath(kept.SHA256): true,
	} {
		if exists(path) != want {
			t.Errorf("%s: exists is %v", path, !want)
		}
	}

	path := s.OriginalPath(kept.SHA256)
	data, _ := os.ReadFile(path)
	os.WriteFile(path, []byte("rotten"), 0o600)
	wantProblems(t, s.Check(), "its bytes have SHA-256")
	os.Remove(path)
	wantProblems(t, s.Check(), path+": no such file")
	os.WriteFile(path, data, 0o600)
}

// TestCheckBounds stops listing when everything is broken.
func TestCheckBounds(t *testing.T) {
	dir := t.TempDir()
	s := openStore(t, dir)
	fill(t, s, maxProblems+5)
	s.Close()
	edit(t, dir, func(tx *bolt.Tx) error {
		return errors.Join(tx.DeleteBucket(bucketVectors), second(tx.CreateBucket(bucketVectors)))
	})
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var found *CheckError
	if err := s.Check(); !errors.As(err, &found) || len(found.Problems) != maxProblems || found.More != 5 || !strings.HasSuffix(err.Error(), "and 5 more") {
		t.Errorf("%d problems and %d more", len(found.Problems), found.More)
	}
}

// TestCheckBesideWrites: a check that is made in parts, with adds, deletes and moved paths in between, finds nothing wrong where
// nothing is.
func TestCheckBesideWrites(t *testing.T) {
	s := openStore(t, t.TempDir())
	s.db.Load().NoSync = true
	const n = 2*pageLen + 50
	fill(t, s, n)
	done := make(chan struct{})
	writes := 0
	var writer sync.WaitGroup
	writer.Go(func() {
		for i := 1; ; i++ {
			select {
			case <-done:
				return
			default:
			}
			added, err := s.Add(entryOf(n+i, pathFile(fmt.Sprint("/", i%n), n+i, 0), secondFile(n+i)))
			if err == nil && i%3 == 0 {
				_, _, err = s.Delete(uint64(i%n), added[0].ID)
			}
			if err == nil && i%5 == 0 {
				_, err = s.SetLabels(LabelChange{added[0].ID + 1 - uint64(i%2), "moving", Given})
			}
			if err != nil && !errors.Is(err, ErrNotFound) {
				t.Error(err)
				return
			}
			writes++
		}
	})
	for range 6 {
		if err := s.Check(); err != nil {
			t.Fatal(err)
		}
	}
	close(done)
	writer.Wait()
	if writes < 6 {
		t.Errorf("only %d writes came in between", writes)
	}
}

// secondFile is a second file of a content, imported too.
func secondFile(content int) File {
	return pathFile(fmt.Sprint("/second/", content), content, 1)
}
