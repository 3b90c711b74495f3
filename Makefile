# Two targets do everything on a Debian machine with Go and Node.js: run and test.

SHELL := bash
.DEFAULT_GOAL := help

# Folders with npm packages: the stock clients and peers that we are tried against.
NPM := $(patsubst %/package-lock.json,%/node_modules/.package-lock.json,$(wildcard */package-lock.json examples/*/package-lock.json))

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-6s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: examples/chat/node_modules/.package-lock.json ## Start the chat on PORT (3000) and print its address
	@cd examples && go build -o ../bin/chat ./chat
	@exec bin/chat

.PHONY: test
test: ## Run everything: format, vet, Go tests with the race detector, conformance, browser
	@scripts/setup.sh
	@$(MAKE) --no-print-directory $(NPM)
	@scripts/test.sh

.PHONY: soak
soak: ## Have clients come, talk and go for SOAKTIME (10m), and look for leaks
	@cd conformance && go test -race -tags soak -count 1 -timeout 0 -v ./soak

.PHONY: bench
bench: ## Measure what a message costs, beside a bare yardstick and Node.js, into bench/RESULTS.md
	@cd bench && go run .

.PHONY: fuzz
fuzz: ## Run each fuzz target for FUZZTIME (2m)
	@scripts/fuzz.sh

.PHONY: lint
lint: ## Run golangci-lint
	@scripts/lint.sh

.PHONY: fmt
fmt: ## Format the Go code
	@gofmt -s -w $$(git ls-files --cached --others --exclude-standard '*.go')

# npm ci, again only when the lock file has changed.
%/node_modules/.package-lock.json: %/package-lock.json
	npm ci --prefix $* --no-audit --no-fund
	@touch $@
