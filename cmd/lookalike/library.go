package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
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
	remote    bool  // in the server that owns the folder
	missing   error // why the library's model is gone, if it is, and the folder was opened here
	closeOnce sync.Once
	closing   func() error
}

func (l *library) close() (err error) {
	l.closeOnce.Do(func() { err = l.closing() })
	return err
}

// openLibrary is connect that says on standard error when the library's model is gone. A server has said it when it started.
func (a *app) openLibrary(ctx context.Context) (*library, error) {
	lib, err := a.connect(ctx)
	if err == nil && lib.missing != nil {
		fmt.Fprintln(a.stderr, "lookalike:", lib.missing)
	}
	return lib, err
}

// connect talks to the server that owns the data folder, or opens the folder.
func (a *app) connect(ctx context.Context) (*library, error) {
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
	return &library{Client: api.NewClient("http://localhost", token, api.InProcess(handler)), missing: eng.Unavailable(), closing: closeAll}, nil
}

// openForPictures is connect for what needs the library's model: without that it ends here, with what to do.
func (a *app) openForPictures(ctx context.Context) (*library, error) {
	lib, err := a.connect(ctx)
	if err != nil {
		return nil, err
	}
	stats, err := lib.Stats(ctx)
	if err == nil && stats.Model.Unavailable != "" {
		err = unusable(errors.New(stats.Model.Unavailable))
	}
	if err != nil {
		return nil, errors.Join(err, lib.close())
	}
	return lib, nil
}

// noteServer says of a flag that was given why it has no effect.
func (a *app) noteServer(flag string, given bool) {
	if given {
		fmt.Fprintf(a.stderr, "--%s has no effect: the server that owns the data folder computes with its own\n", flag)
	}
}

// openEngine opens model and data folder in this process. With resume it goes on with a change to another model.
func (a *app) openEngine(ctx context.Context, resume bool) (*engine.Engine, func() error, error) {
	otherwise, err := a.defaultSpec()
	if err != nil {
		return nil, nil, unusable(err)
	}
	asked := a.askedSpec()
	eng, err := engine.Open(ctx, engine.Config{Dir: a.data, Recall: a.recall, Log: a.log(), Spec: asked, Default: otherwise,
		OpenModel: a.openSpec, Swapped: a.writeChoice, Fixed: asked != engine.Spec{}, Resume: resume})
	if errors.Is(err, engine.ErrModel) {
		err = fmt.Errorf("%w\n  leave --model, --size, --descriptor and --preprocess out, or give those that the library was made with, or another --data; "+
			"\"lookalike model use\" changes it", err)
	}
	if err != nil {
		return nil, nil, unusable(err)
	}
	return eng, eng.Close, nil
}

// writeChoice makes the model that the library has changed to the one that the commands open. When that fails the engine
// tells by the library which one it is.
func (a *app) writeChoice(name string) {
	if name == "" || filepath.IsAbs(name) {
		return // not one of those that can be chosen
	}
	if err := a.models().Use(context.Background(), name); err != nil {
		a.log().Error("the library's model could not be written down; the next command tries again", "model", name, "error", err)
	}
}

// openEncoder opens the model that chooseModel chooses.
func (a *app) openEncoder(p encoder.Precision, opts ...encoder.Option) (*encoder.Encoder, error) {
	opts = append(append(opts, encoder.WithPrecision(p), encoder.WithPreprocess(cmp.Or(a.preprocess, "hf")), encoder.WithDescriptor(a.descriptor.Descriptor)), a.size.options()...)
	enc, err := a.openModel(opts)
	if err != nil {
		return nil, unusable(err)
	}
	a.notePrecision(enc.PrecisionNote())
	return enc, nil
}

// modelTakes ends the message about a model that cannot be opened.
const modelTakes = `--model takes a folder or file of weights, an installed model's name, or "starter"`

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
		err = fmt.Errorf("%w\n  %s", err, modelTakes)
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
