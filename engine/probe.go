package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"lookalike/encoder"
	"lookalike/internal/classify"
	"lookalike/store"
)

// Probe is a trained linear probe, and how it did when it was trained.
type Probe = classify.Saved

// ProbeTry is one strength of regularisation, and how it did.
type ProbeTry = classify.Try

// Judgement compares predictions with labels.
type Judgement = classify.Report

// Evaluation is how predictions compare with labels. Labels are numbers: positions in Labels.
type Evaluation struct {
	Query  ClassifyQuery
	Labels []string
	Folds  int // parts that were predicted without having been trained on; as many as images is leave-one-out
	Lambda float64
	Report Judgement
}

// Progress hears how far something has come, from several goroutines. It may be nil.
type Progress func(done, of int)

// Limits of training.
const (
	maxTrained = 100_000 // images; of more, so many are drawn
	oneByOne   = 200     // images up to which the probe is evaluated by leave-one-out
	manyFolds  = 10      // and above
	probeSeed  = 1
)

// TrainProbe trains a linear probe on the vectors of the labelled images and stores it in the place of the one before. The
// same labels give the same probe. ErrTooFew when there are not at least two labels, and a second image of one.
func (e *Engine) TrainProbe(ctx context.Context, progress Progress) (*Probe, error) {
	model := e.Model()
	set, names, err := e.labelledSet(ctx, model)
	if err != nil {
		return nil, err
	}
	trained, err := classify.Train(ctx, set, classify.Options{Seed: probeSeed, Progress: progress})
	if err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	saved := &Probe{Probe: trained.Probe, Model: model.Fingerprint, Dim: model.Dim, Labels: names, At: time.Now().UTC().Round(0),
		Lambda: trained.Lambda, Tries: trained.Tries, Trained: set.Len(), Report: trained.Report}
	data, err := saved.Encode()
	if err != nil {
		return nil, err
	}
	return saved, e.records.PutProbe(saved.Model, data)
}

// Probe gives the probe that was trained on vectors of the folder's model. ErrUntrained when there is none, also if there
// is one for another model: its weights mean nothing here.
func (e *Engine) Probe() (*Probe, error) {
	model := e.Model()
	data, err := e.records.Probe(model.Fingerprint)
	if errors.Is(err, store.ErrNotFound) {
		return nil, fmt.Errorf("%w for the model %s: label some images and train one", ErrUntrained, model.Name)
	}
	if err != nil {
		return nil, err
	}
	saved, err := classify.Decode(data)
	if err != nil {
		return nil, fmt.Errorf("%w: train another one", err)
	}
	if saved.Model != model.Fingerprint || saved.Dim != model.Dim {
		return nil, fmt.Errorf("%w: the probe is one of model %.12s, not %s", ErrModel, saved.Model, model.Name)
	}
	return saved, nil
}

// labelledSet reads the vectors that a model has made of the labelled images, by number.
func (e *Engine) labelledSet(ctx context.Context, model encoder.Model) (*classify.Set, []string, error) {
	known, _, err := e.labels.now(e.readLabelled)
	if err != nil {
		return nil, nil, err
	}
	ids := known.ids()
	if len(ids) > maxTrained {
		random := rand.New(rand.NewPCG(probeSeed, 0))
		random.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
		ids = ids[:maxTrained]
		slices.Sort(ids)
	}
	set := &classify.Set{Classes: len(known.names), Dim: model.Dim}
	for _, id := range ids {
		v, err := e.records.Vector(id)
		if errors.Is(err, store.ErrNotFound) {
			continue // deleted
		}
		if err = cmp.Or(err, ctx.Err()); err != nil {
			return nil, nil, err
		}
		if len(v) == model.Dim {
			set.Add(v, known.of[id]...)
		}
	}
	if now := e.Model(); now.Fingerprint != model.Fingerprint {
		return nil, nil, fmt.Errorf("%w: it is %s now and was %s when this began: begin again", ErrModel, now.Name, model.Name)
	}
	return set, known.names, nil
}

// ids gives the labelled images by number.
func (l *labelled) ids() []uint64 { return slices.Sorted(maps.Keys(l.of)) }

// Evaluate predicts every labelled image from the others, and compares. With the probe, and more than 200 images, a tenth
// of them at a time is left out instead of each; lambda is then the one that TrainProbe would take.
func (e *Engine) Evaluate(ctx context.Context, q ClassifyQuery, progress Progress) (Evaluation, error) {
	q, err := q.check()
	if err != nil {
		return Evaluation{}, err
	}
	if q.Method == MethodProbe {
		return e.evaluateProbe(ctx, q, progress)
	}
	return e.evaluateVotes(ctx, q, progress)
}

func (e *Engine) evaluateProbe(ctx context.Context, q ClassifyQuery, progress Progress) (Evaluation, error) {
	set, names, err := e.labelledSet(ctx, e.Model())
	if err != nil {
		return Evaluation{}, err
	}
	trained, err := classify.Train(ctx, set, classify.Options{Seed: probeSeed})
	if err != nil {
		return Evaluation{}, fmt.Errorf("evaluate: %w", err)
	}
	folds := set.Len()
	if folds > oneByOne {
		folds = manyFolds
	}
	report, err := classify.CrossValidate(ctx, set, trained.Lambda, folds, classify.Options{Seed: probeSeed, Progress: progress})
	return Evaluation{Query: q, Labels: names, Folds: folds, Lambda: trained.Lambda, Report: report}, err
}

// evaluateVotes is leave-one-out: an image does not vote for itself.
func (e *Engine) evaluateVotes(ctx context.Context, q ClassifyQuery, progress Progress) (Evaluation, error) {
	known, _, err := e.labels.now(e.readLabelled)
	if err != nil {
		return Evaluation{}, err
	}
	voters, err := e.manyVoters(ctx, q, known)
	if err != nil {
		return Evaluation{}, err
	}
	ids := known.ids()
	predictions := make([][]classify.Prediction, len(ids))
	there := make([]bool, len(ids))
	err = e.each(ctx, len(ids), progress, func(i int) error {
		v, err := e.records.Vector(ids[i])
		if errors.Is(err, store.ErrNotFound) {
			return nil // deleted
		}
		if err != nil {
			return err
		}
		there[i] = true
		predictions[i], err = voters.vote(v, ids[i])
		return err
	})
	tally, n := classify.NewTally(len(known.names)), 0
	for i, id := range ids {
		if there[i] {
			tally.Add(known.of[id], predictions[i])
			n++
		}
	}
	if err == nil && n < 2 {
		err = fmt.Errorf("evaluate: %w: %d, needed are two", ErrTooFew, n)
	}
	return Evaluation{Query: q, Labels: known.names, Folds: n, Report: tally.Report()}, err
}
