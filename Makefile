# lookalike: finds images that look alike. `make demo` shows it, `make test` proves it.
GO       ?= go
BIN      := bin/lookalike
VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
FUZZTIME ?= 30s
LINT     := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
SUM      := $(GO) tool -modfile=tools/go.mod gotestsum
# The race detector needs a C compiler; the product itself is built without cgo.
RACE     := $(shell command -v cc >/dev/null 2>&1 && echo -race)

export GOFLAGS += -buildvcs=false

.PHONY: help build setup demo test test-kernels bench fuzz soak lint clean

help: ## this list
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:[^#]*## /\t/' | expand -t 16

build: ## one static binary: bin/lookalike
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o $(BIN) ./cmd/lookalike

setup: ## Go modules and, for the gallery's tests, Chromium
	$(GO) mod download
	@tools/setup-chromium.sh

demo: build ## a gallery of made-up pictures, searched, and shown at http://127.0.0.1:8080
	$(BIN) demo $(DEMO)

test: setup test-kernels ## everything, with the race detector where there is a C compiler
	$(GO) vet ./...
	cd bench && $(GO) vet ./...
	$(SUM) --format pkgname --hide-summary=skipped -- $(RACE) -count=1 -timeout 30m ./...

test-kernels: ## what the race detector would slow too much: recall; kernels with each CPU level forced, and without assembly
	$(GO) test -count=1 -run Recall -v ./index
	LOOKALIKE_CPU=generic $(GO) test -count=1 ./internal/f32
	LOOKALIKE_CPU=avx2 $(GO) test -count=1 ./internal/f32
	$(GO) test -count=1 -short -tags purego ./internal/f32 ./encoder
	GOARCH=arm64 $(GO) vet ./internal/f32 ./encoder ./index ./engine

bench: ## side by side with the peers, in one run
	cd bench && $(GO) test -run '^$$' -bench . -benchtime 3x -timeout 60m ./...
	$(GO) test -run '^$$' -bench 'Shrink|ViTB16|Starter' -benchtime 3x ./encoder

fuzz: ## every fuzz target for FUZZTIME (30s)
	@tools/fuzz.sh $(FUZZTIME)

soak: ## the crash tests and random histories, many times over (about half an hour)
	LOOKALIKE_SOAK=1 $(GO) test -count=1 -timeout 120m -run 'Crash|History|Soak' -v ./store ./index ./engine -rapid.checks=2000

lint: ## golangci-lint with the layering rules
	$(GO) run $(LINT) run ./...

clean:
	rm -rf bin
