package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"lookalike/index"
	"lookalike/store"
)

// DefaultDuplicateThreshold keeps unrelated pictures apart with the starter model, and finds what most edits leave.
// Measured with today's starter on 161 real pictures and 160 made ones, scores of edited copies with their originals, median
// and share at or above 0.90, photos | made:
//
//	JPEG quality 10   .978  87% | .970  92%      brightness +14   .966  90% | .975 100%
//	a third the size  .992  97% | .994 100%      rotated          .926  75% | .944  86%
//	mirrored          .990 100% | .993 100%      text on it       .974  89% | .968  93%
//	blurred           .999 100% | .999 100%      border           .939  81% | .897  48%
//	saturation +45    .994 100% | .991 100%      80% crop         .909  57% | .912  61%
//	contrast +22      .981  96% | .979  98%      60% crop         .780   4% | .799   8%
//	                                             grey             .736  17% | .744   1%
//
// What other thresholds would find: the share of all edited copies, of the pictures that have an unrelated one there, and of a
// million unrelated pairs, photos | made:
//
//	0.84   85%   6.2%  699 | 86%  15.6% 1336
//	0.86   82%   3.7%  543 | 83%  11.9%  943
//	0.88   80%   3.7%  543 | 80%   1.9%  157
//	0.90   76%   2.5%  466 | 76%   1.2%   79
//	0.92   72%   2.5%  388 | 70%   1.2%   79
//	0.94   64%   2.5%  311 | 63%   1.2%   79
//
// Above 0.90 copies are lost and hardly a stranger goes; below 0.88 strangers come faster than copies. Between the two it stays
// at 0.90, since a library has far more pairs of strangers than these. TestDefaultThreshold prints it all (make starter-eval).
const DefaultDuplicateThreshold = 0.9

// DuplicateQuery says how alike is alike.
type DuplicateQuery struct {
	Threshold float32 // least score of a member to its group's medoid; 0 means DefaultDuplicateThreshold
	Limit     int     // of exact copies and of groups, the largest first; 0 means all
}

// check gives the query with its default, or what is wrong with it.
func (q DuplicateQuery) check() (DuplicateQuery, error) {
	if q.Threshold == 0 {
		q.Threshold = DefaultDuplicateThreshold
	}
	if !(q.Threshold > 0 && q.Threshold <= 1) || q.Limit < 0 {
		return q, fmt.Errorf("%w: threshold is %v, must be above 0 and at most 1; limit is %d, must not be negative",
			ErrQuery, q.Threshold, q.Limit)
	}
	return q, nil
}

// Duplicates is what the collection holds more than once.
type Duplicates struct {
	Threshold float32
	Exact     []Image // images that several files hold, those with the most files first
	Groups    []Group // of images that look alike, the largest first
	Unread    []Unread
}

// Unread is an image that was compared with no other, since its vector cannot be read. Others with the same vector share that.
type Unread struct {
	Image Image
	Err   error // ErrDamaged, or a failure of the file system
}

// Group is a medoid and the images that all score at or above the threshold with it, best first.
type Group struct {
	Medoid  Image
	Members []Match
}

// Duplicates gathers what EachDuplicate finds.
func (e *Engine) Duplicates(ctx context.Context, q DuplicateQuery) (Duplicates, error) {
	q, err := q.check()
	d := Duplicates{Threshold: q.Threshold}
	if err != nil {
		return Duplicates{}, err
	}
	return underOne(e, func() (Duplicates, error) {
		d.Exact, d.Groups, d.Unread = nil, nil, nil
		err = e.EachDuplicate(ctx, q, DuplicateVisitor{
			Exact:  func(m Image) error { d.Exact = append(d.Exact, m); return nil },
			Group:  func(g Group) error { d.Groups = append(d.Groups, g); return nil },
			Unread: func(u Unread) error { d.Unread = append(d.Unread, u); return nil },
		})
		return d, err
	})
}

// DuplicateVisitor is told what EachDuplicate finds, one call at a time. An error ends it.
type DuplicateVisitor struct {
	Progress func(done, of int) error // how many nodes of the index have been looked around at; may be nil
	Exact    func(Image) error
	Group    func(Group) error
	Unread   func(Unread) error // at the end, by number
}

// EachDuplicate finds the images with several files, those with the most first, and then groups of images that look
// alike, the largest first, and tells each as soon as it is known. Every member of a group scores at or above the
// threshold with the group's medoid, so no chain of small steps joins pictures that have nothing in common; an image is
// in one group at most. See cover for how groups are chosen.
//
// It goes through the index's pairs once, on all workers, and keeps two counts an image, not the pairs; what changes
// meanwhile may be seen or not. When the library changes its model meanwhile it fails with ErrModel, since what was told is
// of the model before.
func (e *Engine) EachDuplicate(ctx context.Context, q DuplicateQuery, v DuplicateVisitor) error {
	q, err := q.check()
	if err != nil {
		return err
	}
	begun := e.swaps.Load()
	ids, err := e.eachExact(ctx, q.Limit, v.Exact)
	if err != nil {
		return err
	}
	var left unread
	stars, err := e.stars(ctx, ids, q.Threshold, v.Progress, &left)
	if err == nil {
		err = e.groups(ctx, stars, q, v.Group, &left)
	}
	if err == nil {
		err = e.tellUnread(&left, v.Unread)
	}
	if e.swaps.Load() != begun {
		return fmt.Errorf("%w: the library changed its model while duplicates were looked for: ask again", ErrModel)
	}
	return err
}

// eachExact tells the images with several files, and gives all images' numbers in order.
func (e *Engine) eachExact(ctx context.Context, limit int, tell func(Image) error) (ids []uint64, err error) {
	type several struct {
		id    uint64
		files int
	}
	var exact []several
	err = e.records.EachImage(func(m store.Image) error {
		ids = append(ids, m.ID)
		if len(m.Files) > 1 {
			exact = append(exact, several{m.ID, len(m.Files)})
		}
		return ctx.Err()
	})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(exact, func(a, b several) int { return cmp.Compare(b.files, a.files) })
	if limit > 0 {
		exact = exact[:min(limit, len(exact))]
	}
	for _, one := range exact {
		m, err := e.records.Image(one.id)
		if errors.Is(err, store.ErrNotFound) {
			continue // deleted meanwhile
		}
		if err = errors.Join(err, ctx.Err()); err == nil {
			err = tell(m)
		}
		if err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// leaves gives the images other than id itself that score at or above the threshold with it and are not taken, best
// first.
func (e *Engine) leaves(ctx context.Context, id uint64, threshold float32, taken map[uint64]bool, left *unread) ([]index.Result, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	near, err := e.now().index.Around(id, threshold, left.note)
	if errors.Is(err, index.ErrNotFound) {
		return nil, nil // deleted meanwhile
	}
	return slices.DeleteFunc(near, func(r index.Result) bool { return taken[r.ID] }), err
}

// groups covers the collection with stars, reads their images and tells them.
func (e *Engine) groups(ctx context.Context, stars []star, q DuplicateQuery, tell func(Group) error, left *unread) error {
	told := 0
	return cover(stars,
		func(id uint64, taken map[uint64]bool) ([]index.Result, error) {
			return e.leaves(ctx, id, q.Threshold, taken, left)
		},
		func(centre uint64, leaves []index.Result) (bool, error) {
			medoid, err := e.records.Image(centre)
			if errors.Is(err, store.ErrNotFound) {
				return true, nil
			}
			if err != nil {
				return false, err
			}
			members, err := e.matches(leaves)
			if err == nil && len(members) > 0 {
				told++
				err = tell(Group{medoid, members})
			}
			return q.Limit == 0 || told < q.Limit, err
		})
}
