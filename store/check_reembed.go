package store

import "fmt"

// remarks checks a generation's remarks against images and vectors, and counts them.
func (c *checker) remarks(g generation, count *remarkCounts) {
	if g == 0 {
		return
	}
	c.each(g.remarks(), func(k, v []byte) error {
		var r Remark
		if err := unsealJSON(v, &r); err != nil {
			return fmt.Errorf("remark on image %x: %w", k, err)
		}
		count.add(r, 1)
		if r.isZero() {
			return fmt.Errorf("remark on image %x: nothing is remarked", k)
		}
		if err := r.validate(c.Bucket(g.vectors()).Get(k) != nil); err != nil {
			return fmt.Errorf("remark on image %x: %w", k, err)
		}
		return c.hasImage(k, nil)
	})
}

// spec checks how a model is opened.
func (c *checker) spec(k, v []byte) error {
	var spec Spec
	return wrap(fmt.Sprintf("%.12s", k), unsealJSON(v, &spec))
}

// whitening checks what a model's vectors are whitened by; what is in it is the engine's business.
func (c *checker) whitening(k, v []byte) error {
	_, err := unseal(v)
	return wrap(fmt.Sprintf("%.12s", k), err)
}

// job checks what a re-embedding under way has made so far. Its graph counts for nothing yet.
func (c *checker) job() {
	job, err := readJob(c.Tx)
	if err != nil {
		c.report("meta: %v", err)
	}
	if err != nil || job.Generation == 0 {
		return
	}
	g := generation(job.Generation)
	for _, name := range g.buckets() {
		if c.Bucket(name) == nil {
			c.report("meta: re-embedding: the bucket %s is missing", name)
			return
		}
	}
	if g == c.now {
		c.report("meta: re-embedding: generation %d is the folder's", g)
	}
	counted := job
	counted.Vectors, counted.Remarks = 0, remarkCounts{}
	c.each(g.vectors(), func(k, v []byte) error {
		counted.Vectors++
		x, err := decodeVector(v)
		if err == nil && len(x) != job.Dim {
			err = fmt.Errorf("%d numbers, the model makes %d", len(x), job.Dim)
		}
		if err != nil {
			return fmt.Errorf("image %x: %w", k, err)
		}
		return c.hasImage(k, nil)
	})
	c.remarks(g, &counted.Remarks)
	if counted != job {
		c.report("meta: re-embedding: counts are %d vectors and %+v, there are %d and %+v",
			job.Vectors, job.Remarks, counted.Vectors, counted.Remarks)
	}
}
