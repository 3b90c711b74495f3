#!/usr/bin/env bash
# Runs golangci-lint, of the version that .golangci.yml is written for.
set -euo pipefail
cd "$(dirname "$0")/.."
exec scripts/each-module.sh go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0 run --config "$PWD/.golangci.yml" ./...
