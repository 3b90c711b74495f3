#!/usr/bin/env bash
# Prints the folder of each Go module of the repository.
set -euo pipefail
cd "$(dirname "$0")/.."
go list -m -f '{{.Dir}}'
