package ui_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"

	"lookalike/store"
)

// duplicateSite has two groups of edited copies, and one picture in two files.
func duplicateSite(t *testing.T) *site {
	return newSite(t, append(originals(6), edited(1, "jpeg10"), edited(1, "brightness"), edited(2, "mirror"), original(3).renamed("backup/copy of 3.jpg"))...)
}

// TestDuplicates compares the page with the API, and moves the threshold.
func TestDuplicates(t *testing.T) {
	t.Parallel()
	s := duplicateSite(t)
	b := openTab(t, s, "#/duplicates?threshold=0.93")
	b.see(".group", "look alike")
	want := groupIDs(t, s, 0.93)
	if len(want) < 2 {
		t.Fatalf("the API finds %d groups, want 2 or more", len(want))
	}
	for i, ids := range want {
		if diff := cmp.Diff(ids, b.shownIDs(fmt.Sprintf(".group:nth-of-type(%d)", i+1))); diff != "" {
			t.Errorf("group %d, medoid first (-want +got):\n%s", i+1, diff)
		}
	}
	b.see(".group .tile:first-child .badges", "medoid")
	b.see(".group .tile:not(:first-child) .score", "0.9")
	b.see(".group .badges", "largest")
	b.see(".model-note", "starter model")
	b.see(".exact .files", "copy of 3.jpg")
	b.see(".exact .files", "original 3.jpg")

	b.run(`const slider = document.querySelector("#threshold"); slider.value = 1; slider.dispatchEvent(new Event("input", {bubbles: true}))`)
	b.see("output", "1.000")
	b.gone(".group")
	b.wait("the threshold in the address", `location.hash === "#/duplicates?threshold=1"`)
	b.see(".exact .files", "copy of 3.jpg")
}

// groupIDs are the API's groups, each with the medoid first.
func groupIDs(t *testing.T, s *site, threshold float32) [][]string {
	t.Helper()
	found, err := s.client.Duplicates(t.Context(), threshold, 100)
	if err != nil {
		t.Fatal(err)
	}
	var groups [][]string
	for _, g := range found.Groups {
		ids := []string{g.Medoid.ID}
		for _, m := range g.Members {
			ids = append(ids, m.Image.ID)
		}
		groups = append(groups, ids)
	}
	return groups
}

// TestKeepTheLargest deletes the other pictures of a group with one undo.
func TestKeepTheLargest(t *testing.T) {
	t.Parallel()
	s := duplicateSite(t)
	b := openTab(t, s, "#/duplicates?threshold=0.93")
	b.see(".group:has(.tile:nth-child(3))", "3 look alike")
	group := b.shownIDs(".group:has(.tile:nth-child(3))")
	b.click(".group:has(.tile:nth-child(3)) header button")
	b.see(".toast", "2 pictures deleted")
	b.gone(".group:has(.tile:nth-child(3))")
	b.click(".toast button") // Undo
	b.see(".group:has(.tile:nth-child(3))", "3 look alike")
	if diff := cmp.Diff(group, b.shownIDs(".group:has(.tile:nth-child(3))")); diff != "" {
		t.Errorf("after undo (-want +got):\n%s", diff)
	}
	b.click(".group:has(.tile:nth-child(3)) header button")
	b.click(".toast [aria-label=Dismiss]")
	b.untilLeft(7) // of 9
}

// TestDeleteOneOfAGroup leaves the rest of the group side by side.
func TestDeleteOneOfAGroup(t *testing.T) {
	t.Parallel()
	b := openTab(t, duplicateSite(t), "#/duplicates?threshold=0.93")
	b.see(".group:has(.tile:nth-child(3))", "3 look alike")
	b.click(".group:has(.tile:nth-child(3)) .tile:nth-child(2) .remove")
	b.see(".group:has(.tile:nth-child(3))", "2 look alike")
	b.see(".toast", "Its file stays on the disk.")
}

// damagedSite serves a group of three worn copies, the second of them under a hostile name and with a damaged vector.
func damagedSite(t *testing.T) *site {
	t.Helper()
	browser(t)
	dir := t.TempDir()
	s, stop, err := serve(dir, []picture{original(1), edited(1, "jpeg10").renamed(hostileFile), edited(1, "brightness"), original(2)})
	if err != nil {
		t.Fatal(err)
	}
	stop()
	data := filepath.Join(dir, "data")
	damage(t, data, s.paths[1])
	stop, err = s.serve(data)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return s
}

// damage flips a bit of the vector that a closed library has of a file.
func damage(t *testing.T, dir, path string) {
	t.Helper()
	st, err := store.Open(dir, store.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	id, _, _, err := st.ByPath(path)
	vector, err2 := st.Vector(id)
	if err := errors.Join(err, err2, st.Close()); err != nil {
		t.Fatal(err)
	}
	var raw []byte
	for _, x := range vector {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(x))
	}
	flipped := bytes.Clone(raw)
	flipped[5] ^= 1
	db := filepath.Join(dir, "lookalike.db")
	file, err := os.ReadFile(db)
	if err != nil || !bytes.Contains(file, raw) {
		t.Fatalf("the vector is not in the file: %v", err)
	}
	if err := os.WriteFile(db, bytes.ReplaceAll(file, raw, flipped), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestDuplicatesUnread names what was not compared, and leads to its page, where it can be deleted.
func TestDuplicatesUnread(t *testing.T) {
	t.Parallel()
	s := damagedSite(t)
	b := openTab(t, s, "#/duplicates?threshold=0.9")
	b.see(".unread summary", "1 picture was not compared")
	b.see(".group", "2 look alike")
	b.gone(".unread a")
	b.run("document.querySelector('.unread summary').focus()")
	b.press(kb.Enter)
	b.see(".unread a", s.paths[1])
	b.see(".unread li", "its vector is damaged: delete the image and add it again")
	for _, scheme := range []string{"light", "dark"} {
		b.scheme(scheme)
		b.wait("the end of the fade", "document.getAnimations().every((a) => a.playState !== 'running')")
		for _, low := range eval[[]string](b, contrastOf) {
			t.Errorf("%s: contrast %s", scheme, low)
		}
	}
	b.size(360, 740)
	b.fits("what was not compared")
	b.visit("#/duplicates?threshold=1")
	b.see(".notice", "No two of the other pictures")
	b.run("document.querySelector('.unread').open = true")
	b.allow("status of 5") // nothing can be searched by it
	b.click(".unread a")
	b.see("h1", hostileFile)
	b.press(kb.Delete)
	b.see(".notice", "No two of the other pictures")
	b.gone(".unread")
	b.press("u")
	b.see(".unread summary", "1 picture was not compared")
}
