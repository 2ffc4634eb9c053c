package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"lookalike/api"
	"lookalike/internal/simd"
)

// version is set by the linker (Makefile, target build).
var version = "dev"

// Exit codes, documented in the root command's help and in README.md.
const (
	exitOK          = 0
	exitFailed      = 1   // some inputs failed, or a check found problems
	exitUsage       = 2   // unknown command, flag or argument
	exitUnusable    = 3   // data folder or model cannot be used
	exitInterrupted = 130 // Ctrl-C: what was acknowledged is kept
)

func main() {
	// The first Ctrl-C ends the work in hand in good order, a second one ends the process.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run executes one command line and returns its exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	if err := simd.LevelErr(); err != nil {
		fmt.Fprintln(stderr, "lookalike:", err)
	}
	root := newRoot(&app{stdin: stdin, stdout: stdout, stderr: stderr})
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err != nil && !errors.Is(err, errReported) {
		fmt.Fprintln(stderr, "lookalike:", err)
	}
	return exitCode(ctx, err)
}

// unusableModel is the type of the API's answer to what needs a model that is not there.
const unusableModel = "urn:lookalike:unusable-model"

// errReported marks a failure whose reasons the command has already printed.
var errReported = errors.New("some inputs failed")

// codedError carries an exit code other than exitFailed.
type codedError struct {
	code int
	err  error
}

func (e *codedError) Error() string { return e.err.Error() }
func (e *codedError) Unwrap() error { return e.err }

// unusable marks an error of the data folder or the model.
func unusable(err error) error {
	if err == nil {
		return nil
	}
	return &codedError{exitUnusable, err}
}

// usage marks a mistake in the command line.
func usage(err error) error { return &codedError{exitUsage, err} }

func exitCode(ctx context.Context, err error) int {
	var coded *codedError
	var problem *api.Problem
	switch {
	case err == nil:
		return exitOK
	case ctx.Err() != nil:
		return exitInterrupted
	case errors.As(err, &coded):
		return coded.code
	case errors.As(err, &problem) && problem.Type == unusableModel:
		return exitUnusable
	default:
		return exitFailed
	}
}
