# lookalike: finds images that look alike. `make demo` shows it, `make test` proves it.
GO       ?= go
PYTHON   ?= python3
BIN      := bin/lookalike
VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
FUZZTIME ?= 30s
LINT     := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
SUM      := $(GO) tool -modfile=tools/go.mod gotestsum
ARM64    := CGO_ENABLED=0 GOARCH=arm64 $(GO) test -count=1 -exec qemu-aarch64
# What the last `make test` counted.
COUNTS   := bin/test-counts
# The race detector needs a C compiler; the product itself is built without cgo.
RACE     := $(shell command -v cc >/dev/null 2>&1 && echo -race)

export GOFLAGS += -buildvcs=false

.PHONY: help build setup demo test test-suite test-kernels test-arm64 bench bench-encoder bench-index fuzz soak starter-eval test-starter lint clean

help: ## this list
	@grep -E '^[a-z0-9-]+:.*##' Makefile | sed -E 's/:[^#]*## /\t/' | expand -t 16

build: ## one static binary: bin/lookalike
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o $(BIN) ./cmd/lookalike

setup: ## Go modules and, for the tests, Chromium (gallery) and qemu (arm64 kernels)
	$(GO) mod download
	@tools/setup-chromium.sh
	@tools/setup-qemu.sh

demo: build ## a gallery of made-up pictures, searched, and shown at http://127.0.0.1:8080
	$(BIN) demo $(DEMO)

test: setup ## everything, with the race detector where there is a C compiler; what runs without it goes beside it
	@$(MAKE) --no-print-directory -j2 test-suite test-kernels test-arm64
	@cat $(COUNTS)

test-suite:
	@mkdir -p $(dir $(COUNTS))
	$(GO) vet ./...
	cd bench && $(GO) vet ./... && $(GO) test -count=1 ./...
	$(SUM) --format pkgname --hide-summary=skipped --post-run-command tools/counts.sh -- $(RACE) -count=1 -timeout 30m ./...

test-kernels: ## what the race detector would slow too much: the index, real pictures; the kernels with each CPU level forced, and without assembly
	$(GO) test -count=1 ./index
	$(GO) test -count=1 -run 'WholePath|Photos|DefaultThreshold|AsTheyAreFound|Whiten' ./engine
	$(GO) test -count=1 -run 'ModelGone|ModelUseWhiten' ./cmd/lookalike
	LOOKALIKE_CPU=generic $(GO) test -count=1 ./internal/simd/...
	for level in avx2 avxvnni avx512 avx512vnni avx512fp16 avx512bf16; do \
		LOOKALIKE_CPU=$$level $(GO) test -count=1 ./internal/simd/... && \
		LOOKALIKE_CPU=$$level $(GO) test -count=1 -run 'Golden|Pillow|Team|Auto|Odd' ./encoder || exit 1; done
	$(GO) test -count=1 -short -tags purego ./internal/simd ./encoder
	GOARCH=arm64 $(GO) vet ./internal/simd ./encoder ./index ./engine

# On arm64 itself `make test` runs these kernels, and the machine needs no qemu.
test-arm64: ## the NEON kernels, and models computed with them, under qemu where it is installed
	@if command -v qemu-aarch64 >/dev/null 2>&1; then $(ARM64) ./internal/simd/... && \
		LOOKALIKE_CPU=generic $(ARM64) ./internal/simd && $(ARM64) -short -run 'Golden|Stages|Pillow|Resize|OddModels' ./encoder; \
	else echo "test-arm64: no qemu-aarch64 here; skipped"; fi

bench: ## side by side with the peers, in one run
	cd bench && $(GO) test -run '^$$' -bench . -benchtime 3x -timeout 60m ./...
	$(GO) test -run '^$$' -bench 'Shrink|ViTB16|Starter' -benchtime 3x ./encoder

bench-encoder: build ## ViT-B/16 side by side with PyTorch and ONNX Runtime, as far as they are installed
	cd bench && $(GO) run ./encoder $(BENCH)

bench-index: build ## building and searching an index side by side with hnswlib and coder/hnsw, and up to 1,000,000 vectors; sets stay in bench/index/.cache
	cd bench && $(GO) run ./index $(BENCH)
	$(if $(BENCH),,cd bench && $(GO) run ./index -grow 10000,100000,1000000)

fuzz: ## every fuzz target for FUZZTIME (30s)
	@tools/fuzz.sh $(FUZZTIME)

soak: ## the crash tests, random histories and odd models, many times over (about half an hour)
	LOOKALIKE_SOAK=1 $(GO) test -count=1 -timeout 120m -run 'Crash|History|Soak' -v ./store ./index ./engine ./encoder -rapid.checks=2000

starter-eval: ## the starter model's table and its scores on real pictures (a few minutes; wants ../shared/photos)
	LOOKALIKE_SOAK=1 $(GO) test -count=1 -timeout 60m -run 'SoakStarter|DefaultThreshold' -v ./engine

test-starter: ## the parts of the starter's trainer (tools/starter), where PyTorch is installed; not part of test
	@if $(PYTHON) -c 'import torch, numpy, scipy, PIL' 2>/dev/null; then cd tools/starter && $(PYTHON) -m unittest test_starter; \
	else echo "test-starter: $(PYTHON) has no PyTorch, NumPy, SciPy and Pillow; skipped"; fi

lint: ## golangci-lint with the layering rules
	$(GO) run $(LINT) run ./...

clean:
	rm -rf bin bench/index/.cache
