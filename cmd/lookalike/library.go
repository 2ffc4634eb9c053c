package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"lookalike/api"
	"lookalike/encoder"
	"lookalike/engine"
	"lookalike/store"
)

// library is a data folder behind its REST API, in this process or in the
// server that owns the folder.
type library struct {
	*api.Client
	remote    bool // in the server that owns the folder
	closeOnce sync.Once
	closing   func() error
}

func (l *library) close() (err error) {
	l.closeOnce.Do(func() { err = l.closing() })
	return err
}

// openLibrary talks to the server that owns the data folder, or opens the folder.
func (a *app) openLibrary(ctx context.Context) (*library, error) {
	if owner, err := store.ReadOwner(a.data); err == nil && owner.URL != "" {
		a.log().Debug("a server owns the data folder", "url", owner.URL, "pid", owner.PID)
		a.noteServer("precision", a.precision.given)
		a.noteServer("size", a.size.given)
		a.noteServer("descriptor", a.descriptor.given)
		return &library{Client: api.NewClient(owner.URL, owner.Token, nil), remote: true, closing: func() error { return nil }}, nil
	}
	eng, closeAll, err := a.openEngine(ctx, false)
	if err != nil {
		return nil, err
	}
	token := rand.Text()
	handler, err := api.New(api.Config{Engine: eng, LocalToken: token, Version: version, Log: a.log()})
	if err != nil {
		return nil, errors.Join(err, closeAll())
	}
	return &library{Client: api.NewClient("http://localhost", token, api.InProcess(handler)), closing: closeAll}, nil
}

// noteServer says of a flag that was given why it has no effect.
func (a *app) noteServer(flag string, given bool) {
	if given {
		fmt.Fprintf(a.stderr, "--%s has no effect: the server that owns the data folder computes with its own\n", flag)
	}
}

// openEngine opens model and data folder in this process. With resume it goes on with a change to another model.
func (a *app) openEngine(ctx context.Context, resume bool) (*engine.Engine, func() error, error) {
	enc, err := a.openEncoder(a.precision.Precision)
	if err != nil {
		return nil, nil, err
	}
	eng, err := engine.Open(ctx, engine.Config{Dir: a.data, Encoder: enc, Recall: a.recall, Log: a.log(),
		OpenModel: func(name string) (engine.OpenEncoder, error) { return a.openNamed(name) },
		Swapped:   a.writeChoice, Fixed: a.model != "", Resume: resume})
	if errors.Is(err, engine.ErrModel) {
		err = fmt.Errorf("%w\n  give the --model, --size, --descriptor and --preprocess that the library was made with, or another --data", err)
	}
	if err != nil {
		return nil, nil, unusable(errors.Join(err, enc.Close()))
	}
	return eng, func() error { return errors.Join(eng.Close(), enc.Close()) }, nil
}

// writeChoice makes the model that the library has changed to the one that the commands open. When that fails the engine
// tells by the library which one it is.
func (a *app) writeChoice(name string) {
	if err := a.models().Use(context.Background(), name); err != nil {
		a.log().Error("the library's model could not be written down; the next command tries again", "model", name, "error", err)
	}
}

// openEncoder opens the model that chooseModel chooses.
func (a *app) openEncoder(p encoder.Precision, opts ...encoder.Option) (*encoder.Encoder, error) {
	opts = append(append(opts, encoder.WithPrecision(p), encoder.WithPreprocess(a.preprocess), encoder.WithDescriptor(a.descriptor.Descriptor)), a.size.options()...)
	enc, err := a.openModel(opts)
	if err != nil {
		return nil, unusable(err)
	}
	a.notePrecision(enc.PrecisionNote())
	return enc, nil
}

func (a *app) openModel(opts []encoder.Option) (*encoder.Encoder, error) {
	chosen, err := a.chooseModel()
	if err != nil {
		return nil, err
	}
	if chosen.path == "" {
		return encoder.Starter(opts...)
	}
	enc, err := encoder.Open(chosen.path, opts...)
	if err != nil {
		err = fmt.Errorf("%w\n  --model takes a folder or file of weights, an installed model's name, or \"starter\"", err)
	}
	return enc, err
}

// log writes warnings, or with --verbose everything, to standard error.
func (a *app) log() *slog.Logger {
	level := slog.LevelWarn
	if a.verbose {
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(a.stderr, &slog.HandlerOptions{Level: level}))
}
