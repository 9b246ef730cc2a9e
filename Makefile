# FreeCar: `make` alone explains every target.

SHELL         := bash
.SHELLFLAGS   := -euo pipefail -c
MAKEFLAGS     += --no-print-directory
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

PACKAGES      ?= ./...
BENCH         ?= .
SOAK          ?= .
FUZZ          ?= Fuzz
FUZZTIME      ?= 30s
# What the tests use besides Go, by its name in Debian.
TEST_PACKAGES ?= gcc curl jq

GO_VERSION = $(shell awk '$$1 == "go" { print $$2 }' go.mod)
VERSION    = $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
COMMIT     = $(shell git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)

# What we build is static; the race detector alone needs cgo.
export CGO_ENABLED := 0

# CI=true says that nobody watches: no colours, no questions.
ifdef CI
export NO_COLOR        := 1
export DEBIAN_FRONTEND := noninteractive
endif

##@ Run

.PHONY: run
run: build ## Start the whole company on this machine; Ctrl-C stops it (ARGS="…" for more flags)
	@exec bin/freecar dev $(ARGS)

.PHONY: build
build: go ## Build bin/freecar, the one static binary
	@go build -trimpath -ldflags '-X main.version=$(VERSION) -X main.commit=$(COMMIT)' -o bin/freecar ./cmd/freecar

##@ Prove

.PHONY: test
test: go test-packages bin/tools/gotestsum ## Install what the tests need and run them all with the race detector (PACKAGES=./trip/... for some)
	@CGO_ENABLED=1 bin/tools/gotestsum --format pkgname --format-hide-empty-pkg $(if $(NO_COLOR),--no-color) \
		-- -race -timeout 40m $(TEST_FLAGS) $(PACKAGES)

.PHONY: fuzz
fuzz: go ## Give every decoder hostile input, one after the other (FUZZTIME=5m for longer than 30s each, FUZZ=FuzzZones for one)
	@targets="$$(grep -roE --include='*_test.go' '^func $(FUZZ)[A-Za-z0-9]*\(' . | sed -E 's|^(.*)/[^/]*:func (.*)\($$|\1 \2|' | sort)"; \
	[ -n "$$targets" ] || { echo 'No target is called $(FUZZ).' >&2; exit 1; }; \
	while read -r package target; do \
		echo "$$package $$target"; \
		go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $(FUZZ_FLAGS) "$$package" </dev/null \
			|| { echo "What broke $$target is kept in $$package/testdata/fuzz/$$target; go test -run $$target $$package shows it again." >&2; exit 1; }; \
	done <<< "$$targets"

.PHONY: soak
soak: go test-packages ## Press hard and long, for hours, with the race detector (SOAK=Hostile for one of Hostile, Claims, Crash and Steady, FREECAR_SOAK_FOR=20m for so long each, FREECAR_SEED=… replays)
	@FREECAR_SOAK=1 CGO_ENABLED=1 go test -race -v -count=1 -timeout 12h -run '^TestSoak.*$(SOAK)' $(SOAK_FLAGS) ./cmd/freecar

.PHONY: check
check: format vet staticcheck architecture ## Check formatting, vet, staticcheck and the architecture; each is a target, too

# The packages whose guards are taken out.
GUARDED ?= ./car ./trip ./user ./profile ./blob ./gateway

.PHONY: guards
guards: go ## Take every guard of the domains out, one at a time: a test has to miss it (GUARDED="./trip" for some)
	@go run ./internal/guards $(GUARDED)

.PHONY: bench
bench: go ## Measure: all benchmarks, without the race detector (BENCH=Nearest for some)
	@with="$$({ grep -rl --include='*_test.go' '^func Benchmark' . || true; } | xargs -r -n1 dirname | sort -u)"; \
	[ -n "$$with" ] || { echo 'There are no benchmarks yet.'; exit 0; }; \
	go test -run '^$$' -bench '$(BENCH)' -benchmem -timeout 30m $(BENCH_FLAGS) $$with

##@ Keep

.PHONY: clean
clean: ## Remove what was built; data/ stays
	@rm -rf bin

.PHONY: help
help: ## Show this
	@[ -t 1 ] && [ -z "$(NO_COLOR)" ] && bold=$$'\e[1m' plain=$$'\e[0m' || bold= plain=; \
	awk -F ':.*## ' -v bold="$$bold" -v plain="$$plain" \
		'/^##@ / { printf "\n%s\n", substr($$0, 5) } /^[a-z-]+:.*## / { printf "  %s%-7s%s %s\n", bold, $$1, plain, $$2 }' \
		$(MAKEFILE_LIST)

# The parts of `make check`.

.PHONY: format
format: go
	@changes="$$(gofmt -l .)"; \
	[ -z "$$changes" ] || { printf '%s\n' 'gofmt -w would change:' "$$changes" >&2; exit 1; }

.PHONY: vet
vet: go
	@go vet ./...

.PHONY: staticcheck
staticcheck: go bin/tools/staticcheck
	@bin/tools/staticcheck ./...

.PHONY: architecture
architecture: go
	@go test ./internal/architecture

# What the targets stand on.

.PHONY: go
go:
	@go list -m >/dev/null || { echo 'FreeCar needs Go $(GO_VERSION) or newer on the PATH: install it and try again.' >&2; exit 1; }

.PHONY: test-packages
test-packages:
	@missing="$$(for name in $(TEST_PACKAGES); do command -v $$name >/dev/null || echo $$name; done | xargs)"; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then \
		echo "The tests need $$missing: install it (on Debian: sudo apt-get install $$missing) and try again." >&2; exit 1; \
	fi; \
	echo "Installing $$missing, which the tests need."; \
	apt-get update -qq && apt-get install -qq -y $$missing >/dev/null

# Tools are pinned by a module each, so that what they need is not what FreeCar needs.
bin/tools/%: internal/tools/%/go.mod internal/tools/%/go.sum | go
	@echo "Building $*, once."
	@go -C $(<D) build -trimpath -o $(CURDIR)/$@ tool && touch $@
