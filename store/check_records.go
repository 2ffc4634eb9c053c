package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// image checks an image's own values and that everything it needs is there.
func (c *checker) image(k, v []byte) error {
	id, err := keyID(k)
	if err != nil {
		return err
	}
	if last := c.Bucket(bucketImages).Sequence(); id == 0 || id > last {
		return fmt.Errorf("image %d: numbers given out end at %d", id, last)
	}
	m, err := decodeImage(id, v)
	if err != nil {
		return err
	}
	for _, err := range []error{c.madeBy(m.Model), c.vector(k, id), c.thumbnail(k), c.leadsBack(m, k), c.hasFile(id)} {
		if err != nil {
			c.report("images: image %d: %v", id, err)
		}
	}
	return nil
}

// madeBy: a folder has one model's vectors. Others would be compared as if they meant the same. After a re-embedding the
// record says by which model the image came in, and the generation whose its vector is.
func (c *checker) madeBy(model string) error {
	if model == c.model.Fingerprint || c.now > 0 {
		return nil
	}
	return fmt.Errorf("model is %.12s, the folder's is %v", model, c.model)
}

// leadsBack: or a copy of the image would become a second one.
func (c *checker) leadsBack(m Image, k []byte) error {
	if bytes.Equal(c.Bucket(bucketPixels).Get(m.PixelHash[:]), k) {
		return nil
	}
	return errors.New("its pixels do not lead back to it")
}

// hasFile: an image whose last file went should have gone with it.
func (c *checker) hasFile(id uint64) error {
	if hasFiles(c.Tx, id) {
		return nil
	}
	return errors.New("it has no file")
}

// vector: without it the image can never be found, nor the graph be rebuilt; so there must be a reason.
func (c *checker) vector(k []byte, id uint64) error {
	v := c.Bucket(c.now.vectors()).Get(k)
	r, err := remark(c.Tx, c.now, id)
	if v == nil && err == nil && r.NotEmbedded != "" {
		return nil
	}
	if v == nil {
		return errors.New("it has no vector")
	}
	x, err := decodeVector(v)
	if err == nil && len(x) != c.model.Dim {
		err = fmt.Errorf("%d numbers, the model makes %d", len(x), c.model.Dim)
	}
	return wrap("vector", err)
}

// thumbnail may be empty, but must be there and whole.
func (c *checker) thumbnail(k []byte) error {
	v := c.Bucket(bucketThumbnails).Get(k)
	if v == nil {
		return errors.New("it has no thumbnail")
	}
	_, err := unseal(v)
	return wrap("thumbnail", err)
}

// hasImage checks that what belongs to an image does not outlive it.
func (c *checker) hasImage(k, _ []byte) error {
	if c.Bucket(bucketImages).Get(k) == nil {
		return fmt.Errorf("image %x does not exist", k)
	}
	return nil
}

// pixelHash checks that a hash leads to the image with these pixels.
func (c *checker) pixelHash(k, v []byte) error {
	id, err := keyID(v)
	if err != nil {
		return err
	}
	record := c.Bucket(bucketImages).Get(v)
	if record == nil {
		return fmt.Errorf("%x: image %d does not exist", k, id)
	}
	m, err := decodeImage(id, record)
	if err == nil && !bytes.Equal(m.PixelHash[:], k) {
		err = fmt.Errorf("%x: image %d has other pixels", k, id)
	}
	return err
}

// files checks every file against images, paths and sha256. The keys of an image's files lie together, so the files with
// the same bytes can be counted image by image.
func (c *checker) files() {
	var image uint64
	refs := map[[32]byte]*shaRecord{}
	c.each(bucketFiles, func(k, v []byte) error {
		c.counted.Files++
		id, f, err := decodeFile(k, v)
		if err != nil {
			return err
		}
		if id != image {
			c.references(refs)
			clear(refs)
			image = id
		}
		r := refs[f.SHA256]
		if r == nil {
			r = &shaRecord{id: id}
			refs[f.SHA256] = r
		}
		r.files++
		if f.Uploaded {
			c.countOriginal(r, f)
			return c.hasImage(k[:8], nil)
		}
		if !bytes.Equal(c.Bucket(bucketPaths).Get([]byte(f.Path)), k[:8]) {
			return fmt.Errorf("path %q of image %d does not lead back to it", f.Path, id)
		}
		return c.hasImage(k[:8], nil)
	})
	c.references(refs)
}

// countOriginal counts one more upload of the same bytes.
func (c *checker) countOriginal(r *shaRecord, f File) {
	if r.uploads++; r.uploads == 1 {
		c.counted.Originals++
		c.counted.OriginalBytes += f.Size
	}
}

// references compares how often an image's files have the same bytes with what sha256 has counted.
func (c *checker) references(refs map[[32]byte]*shaRecord) {
	c.hashes += len(refs)
	for sha, want := range refs {
		if v := c.Bucket(bucketSHA256).Get(sha[:]); !bytes.Equal(v, encodeSHA(*want)) {
			c.report("sha256: %x is %x, image %d has %d such files, %d of them uploads", sha, v, want.id, want.files, want.uploads)
		}
	}
}

// label checks one decision, and that labelled says the same.
func (c *checker) label(k, v []byte) error {
	l, err := decodeLabel(k, v)
	if err == nil {
		err = ValidateLabel(l.Name)
	}
	if err != nil {
		return err
	}
	id := binary.BigEndian.Uint64(k)
	if got := c.Bucket(bucketLabelled).Get(labelledKey(l.Name, id)) != nil; got != l.Decision.has() {
		return fmt.Errorf("label %q of image %d is %s, that labelled leads to it is %v", l.Name, id, l.Decision, got)
	}
	return c.hasImage(k[:8], nil)
}

// labelled checks that an image has the label that leads to it.
func (c *checker) labelled(k, _ []byte) error {
	label, id, err := parseLabelledKey(k)
	if err == nil && c.Bucket(bucketLabels).Get(labelKey(id, label)) == nil {
		err = fmt.Errorf("%q is not a label of image %d", label, id)
	}
	return err
}

// path checks that a path leads to an image that has it.
func (c *checker) path(k, v []byte) error {
	id, err := keyID(v)
	if err == nil && c.Bucket(bucketFiles).Get(fileKey(id, File{Path: string(k)})) == nil {
		err = fmt.Errorf("%q is not a file of image %d", k, id)
	}
	return err
}

// sha checks that a hash leads to an image. That its counts are right is found by references, and that it is not one too
// many by counting.
func (c *checker) sha(k, v []byte) error {
	r, err := decodeSHA(v)
	if err == nil && len(k) != 32 {
		err = fmt.Errorf("hash of %d bytes", len(k))
	}
	if err != nil {
		return err
	}
	if r.uploads > 0 {
		c.originals = append(c.originals, [32]byte(k))
	}
	return c.hasImage(idKey(r.id), nil)
}

// counts compares what was counted with what meta says.
func (c *checker) counts() {
	if c.hashes != 0 {
		c.report("sha256: %d hashes fewer than the files have", c.hashes)
	}
	var recorded counts
	if err := unsealJSON(c.Bucket(bucketMeta).Get(keyCounts), &recorded); err != nil {
		c.report("meta: counts: %v", err)
	} else if recorded != c.counted {
		c.report("meta: counts are %+v, there are %+v", recorded, c.counted)
	}
}

// log checks that numbers have no gaps between the watermark and the newest, and that what was last said of an image
// holds.
func (c *checker) log() {
	watermark, _, err := graphHeader(c.Tx)
	if err != nil {
		return // reported by graph
	}
	next := watermark + 1
	deleted := map[uint64]bool{}
	c.each(bucketLog, func(k, v []byte) error {
		change, err := decodeChange(k, v)
		if err == nil && change.Seq != next {
			err = fmt.Errorf("entry %d stands where %d should", change.Seq, next)
		}
		next = change.Seq + 1
		deleted[change.ID] = change.Delete
		return err
	})
	if last := c.Bucket(bucketLog).Sequence(); next != last+1 {
		c.report("log: ends at %d, numbers given out at %d", next-1, last)
	}
	for id, gone := range deleted {
		if exists := c.Bucket(bucketImages).Get(idKey(id)) != nil; exists == gone {
			c.report("log: image %d: deleted is %v, exists is %v", id, gone, exists)
		}
	}
}

// chunk checks the checksum of a chunk of the saved graph, or of its header; what is in it is the index's business.
func (c *checker) chunk(k, v []byte) error {
	if bytes.Equal(k, keyHeader) {
		_, _, err := decodeHeader(v)
		return err
	}
	no, err := parseChunkKey(k)
	if err == nil {
		_, err = unseal(v)
	}
	if err == nil && c.Bucket(c.now.graph()).Get(keyHeader) == nil {
		err = errors.New("there is no header")
	}
	return wrap(fmt.Sprintf("chunk %d", no), err)
}

// probe checks the checksum of a classifier.
func (c *checker) probe(k, v []byte) error {
	_, err := unseal(v)
	return wrap(fmt.Sprintf("%.12s", k), err)
}
