package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"lookalike/bench/internal/tail"
	"lookalike/encoder"
)

// How to install what is missing.
var (
	errNoTorch = errors.New("PyTorch is not installed (Debian: apt-get install python3-torch; LOOKALIKE_PYTHON names another python3)")
	errNoORT   = errors.New("ONNX Runtime is not installed (cd bench/peers && npm install --no-save --ignore-scripts onnxruntime-node; NODE_PATH names another folder)")
	errNoModel = errors.New("ONNX Runtime needs PyTorch, which exports the model for it")
)

// field is who takes part, and the files that they share.
type field struct {
	lookalike string // our program
	programs  string // folder of the peers' programs
	python    string // one that has PyTorch; empty for none
	onnx      string // the exported model; empty without ONNX Runtime
	pixels    string // float32 images (3, 224, 224), one after another
}

// newField finds the peers and writes the shared files to dir. missing says
// what is not there, and why.
func newField(ctx context.Context, lookalike, programs, dir string, images int) (f *field, missing []error, err error) {
	f = &field{lookalike: lookalike, programs: programs, pixels: filepath.Join(dir, "pixels.f32")}
	if err := writePixels(f.pixels, images); err != nil {
		return nil, nil, err
	}
	if f.python = findPython(ctx); f.python == "" {
		missing = append(missing, errNoTorch)
	}
	if err := f.exportONNX(ctx, filepath.Join(dir, "vit.onnx")); err != nil {
		missing = append(missing, err)
	}
	return f, missing, ctx.Err()
}

// findPython is the first Python that has PyTorch, "" when none has.
func findPython(ctx context.Context) string {
	candidates := []string{"python3", "/usr/bin/python3"} // the system's may stand behind another one
	if named := os.Getenv("LOOKALIKE_PYTHON"); named != "" {
		candidates = []string{named}
	}
	for _, python := range candidates {
		if try(ctx, "", python, "-c", "import numpy, torch") == nil {
			return python
		}
	}
	return ""
}

// exportONNX writes the model for ONNX Runtime, if both are there.
func (f *field) exportONNX(ctx context.Context, path string) error {
	if try(ctx, f.programs, "node", "-e", "require('onnxruntime-node')") != nil {
		return errNoORT
	}
	if f.python == "" {
		return errNoModel
	}
	if err := try(ctx, "", f.python, filepath.Join(f.programs, "vit.py"), "onnx", path); err != nil {
		return fmt.Errorf("ONNX Runtime: PyTorch cannot export the model: %w", err)
	}
	f.onnx = path
	return nil
}

// candidates are all sides on so many threads; the first is ours in float32,
// which the others are compared with.
func (f *field) candidates(threads int) (out []candidate) {
	n := strconv.Itoa(threads)
	add := func(name, precision string, argv ...string) {
		out = append(out, candidate{name, precision, argv, quiet(n)})
	}
	for _, precision := range []string{"float32", "bfloat16", "float16", "int8"} {
		add("lookalike", precision, f.lookalike, "bench", "encoder", "--seeded", "--on-request", "--threads", n, "--precision", precision)
	}
	if f.python != "" {
		for _, precision := range []string{"float32", "bfloat16", "int8"} {
			add("PyTorch", precision, f.python, filepath.Join(f.programs, "vit.py"), "serve", n, precision, f.pixels)
		}
	}
	if f.onnx != "" {
		add("ONNX Runtime", "float32", "node", filepath.Join(f.programs, "vit.cjs"), f.onnx, n, f.pixels)
	}
	return out
}

// quiet are settings at which PyTorch does best where cores are shared: without
// them OpenBLAS takes all cores, whatever PyTorch was told, and threads that
// wait for each other spin, which CPU time shows as work (vit.cjs does the same).
func quiet(threads string) []string {
	return []string{"OPENBLAS_NUM_THREADS=" + threads, "OPENBLAS_THREAD_TIMEOUT=4", "OMP_WAIT_POLICY=PASSIVE"}
}

// writePixels writes the images that `lookalike bench encoder` embeds.
func writePixels(path string, images int) error {
	var out bytes.Buffer
	side := encoder.ViTB16().ImageSize
	for k := range images {
		if err := binary.Write(&out, binary.LittleEndian, encoder.SeededPixels(k, side, side, 1).Data); err != nil {
			return err
		}
	}
	return os.WriteFile(path, out.Bytes(), 0o600)
}

// try runs a program to its end in a folder; its last line says why it failed.
func try(ctx context.Context, dir string, argv ...string) error {
	cmd, says := exec.CommandContext(ctx, argv[0], argv[1:]...), &tail.Tail{}
	cmd.Dir, cmd.Env, cmd.Stderr = dir, environment(), says
	err := cmd.Run()
	if line := says.Last(); err != nil && line != "" {
		return errors.New(line)
	}
	return err
}
